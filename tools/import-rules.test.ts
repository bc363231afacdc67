import { describe, expect, it } from "vitest";
import { importsOf } from "./imports.ts";
import { refusal } from "./import-rules.ts";

describe("the import rules", () => {
  it.each([
    ["core/profile/merge.ts", "../behaviour/event.ts"],
    ["core/policy/schema.ts", "zod"],
    ["core/loop/step.test.ts", "vitest"],
    ["core/loop/step.test.ts", "node:fs"],
    ["exporters/metrics/metrics.ts", "@pahlevan/core/behaviour/event.ts"],
    ["exporters/prometheus/server.ts", "node:http"],
    ["agent/kernel/load.ts", "@pahlevan/native"],
    ["agent/kernel/load.ts", "../native/index.ts"],
    ["agent/sense/node.ts", "../kernel/load.ts"],
    ["agent/cli/up.ts", "@pahlevan/exporters/prometheus/server.ts"],
    ["controller/main.ts", "@pahlevan/exporters/otlp/logs.ts"],
    ["agent/native/index.ts", "node:module"],
    ["test/kernel/flood.test.ts", "@pahlevan/native"],
    ["agent/kernel/btf.test.ts", "../../tools/commands.ts"],
  ])("let %s import %s", (from, specifier) => {
    expect(refusal(from, specifier)).toBeUndefined();
  });

  it.each([
    ["core/loop/step.ts", "node:fs"],
    ["core/loop/step.ts", "pino"],
    ["core/loop/step.ts", "vitest"],
    ["core/loop/step.ts", "@pahlevan/agent/sense/node.ts"],
    ["core/loop/step.ts", "../../exporters/metrics/metrics.ts"],
    ["core/loop/step.test.ts", "../../agent/sense/node.ts"],
    ["exporters/otlp/logs.ts", "@pahlevan/agent/cli/main.ts"],
    ["agent/sense/node.ts", "@pahlevan/native"],
    ["agent/sense/node.ts", "../native/index.ts"],
    ["agent/cli/up.ts", "../../bpf/layout.ts"],
    ["agent/cli/up.ts", "../../tools/commands.ts"],
    ["agent/native/index.ts", "@pahlevan/core/behaviour/event.ts"],
    ["controller/main.ts", "@pahlevan/agent/sense/node.ts"],
    ["dashboards/panels.ts", "@pahlevan/exporters/metrics/metrics.ts"],
  ])("refuse that %s imports %s", (from, specifier) => {
    expect(refusal(from, specifier)).toBeTypeOf("string");
  });
});

describe("reading imports", () => {
  it("finds every way to import, with its line", () => {
    const source = [
      'import fs from "node:fs";',
      'import type { Event } from "./event.ts";',
      'export * from "./b.ts";',
      'import "./side-effect.ts";',
      'const late = await import("./late.ts");',
      'const old = require("./old.cjs");',
      "import {\n  a,\n} from './many.ts';",
    ].join("\n");
    expect(importsOf(source)).toEqual([
      { specifier: "node:fs", line: 1 },
      { specifier: "./event.ts", line: 2 },
      { specifier: "./b.ts", line: 3 },
      { specifier: "./side-effect.ts", line: 4 },
      { specifier: "./late.ts", line: 5 },
      { specifier: "./old.cjs", line: 6 },
      { specifier: "./many.ts", line: 9 },
    ]);
  });

  it("takes no comment and no string for an import", () => {
    const source = ['// import "a"', '/* from "b" */', "const s = 'import \"c\"';"].join("\n");
    expect(importsOf(source)).toEqual([]);
  });
});
