import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { configurationPage } from "./document.ts";
import { parseFlatYaml } from "./flat-yaml.ts";
import { loadConfig } from "./load.ts";
import { bytes, duration, showBytes, showDuration } from "@pahlevan/core/settings/values.ts";

async function load(
  file: string,
  environment: Record<string, string> = {},
  flags: [string, string][] = [],
) {
  const folder = await mkdtemp(join(tmpdir(), "pahlevan-config-"));
  const path = join(folder, "pahlevan.yaml");
  await writeFile(path, file);
  const loaded = await loadConfig({ file: path, environment, flags: new Map(flags) });
  await rm(folder, { recursive: true });
  return { ...loaded, errors: loaded.errors.map((error) => error.replaceAll(path, "FILE")) };
}

describe("settings", () => {
  it("take the document's ConfigMap spelling", async () => {
    const { config, errors } = await load('ring-buffer-size: "32768"\n');
    expect(errors).toEqual([]);
    expect(config.ringBufferSize).toBe(32_768);
  });

  it("take how often metrics are pushed from OpenTelemetry's variable, but for our own", async () => {
    const standard = { OTEL_METRIC_EXPORT_INTERVAL: "15000" };
    expect((await load("", standard)).config.metricsInterval).toBe(15_000);
    expect((await load("metrics-interval: 5s\n", standard)).config.metricsInterval).toBe(5_000);
  });

  it("come from flags before the environment before the file", async () => {
    const file = "listen: :1\nlog-level: warn\nlog-format: json\n";
    const environment = { PAHLEVAN_LISTEN: ":2", PAHLEVAN_LOG_LEVEL: "error" };
    const { config, origins } = await load(file, environment, [["listen", "[::1]:3"]]);
    expect(config.listen).toEqual({ host: "::1", port: 3 });
    expect(config.logLevel).toBe("error");
    expect(config.logFormat).toBe("json");
    expect(origins["listen"]).toBe("--listen");
    expect(origins["log-level"]).toBe("PAHLEVAN_LOG_LEVEL");
  });

  it("do not let off what tells who lives", async () => {
    const { config, errors } = await load("facets-off: file,instance\n");
    expect(errors.join()).toContain("facets-off");
    expect(errors.join()).toContain("instance");
    expect(config.facetsOff).toEqual([]);
    expect((await load("facets-off: file,syscall\n")).errors).toEqual([]);
  });

  it("name every mistake, where it is, and the nearest right name", async () => {
    const { errors } = await load("ring-bufer-size: 1\nmax-instances: 0\n  - x\nlisten: {a: 1}\n");
    expect(errors).toEqual([
      "FILE: line 3: '- x' is not of the form 'key: value'",
      "FILE: line 4: listen: '{a: 1}' is not one value (quote it?)",
      "FILE:1: unknown setting 'ring-bufer-size'; did you mean 'ring-buffer-size'?",
      "FILE:2: max-instances is '0'; it takes a whole number, 16 to 16384",
    ]);
  });

  it("refuse a share that is larger than the whole", async () => {
    const { errors } = await load("seen-entries-own: 100\nseen-entries-most: 50\n");
    expect(errors.join()).toContain("cannot exceed the most it gets");
  });

  it("say so when the file that was named is not there", async () => {
    const none = { environment: {}, flags: new Map<string, string>() };
    const { errors } = await loadConfig({ file: "/nonexistent/p.yaml", ...none });
    expect(errors.join()).toContain("/nonexistent/p.yaml: ENOENT");
  });

  it("are documented as they are", async () => {
    const page = fileURLToPath(new URL("../../../docs/configuration.md", import.meta.url));
    expect(await readFile(page, "utf8")).toBe(configurationPage());
  });
});

describe("the flat file", () => {
  it("knows quotes and comments", () => {
    const source = "a: 'it''s' # x\nb: \"q\\\"\" \nc: x#y # z\n# d: 1\ne:\n";
    expect(parseFlatYaml(source).entries.map(({ value }) => value)).toEqual([
      "it's",
      'q"',
      "x#y",
      "",
    ]);
  });

  it("knows what is indented as its parent's, and lists on one line", () => {
    const source = "a:\n  b:\n    c: 1\n    d: [x, y] # z\n  e: 2\nf: 3\ng:\n";
    const { entries, errors } = parseFlatYaml(source);
    expect(errors).toEqual([]);
    expect(entries).toEqual([
      { key: "a.b.c", value: "1", line: 3 },
      { key: "a.b.d", value: "x,y", line: 4 },
      { key: "a.e", value: "2", line: 5 },
      { key: "f", value: "3", line: 6 },
      { key: "g", value: "", line: 7 },
    ]);
    expect(parseFlatYaml("  a: 1\n").errors).toEqual([
      "line 1: a is indented, and belongs to nothing",
    ]);
  });

  it("never throws, whatever the text", () => {
    fc.assert(fc.property(fc.string(), (source) => void parseFlatYaml(source)));
  });
});

it("sizes and durations read as they are shown", () => {
  const size = bytes(0, 2 ** 40);
  fc.assert(fc.property(fc.nat(2 ** 31 - 1), (n) => size.parse(showBytes(n)) === n));
  const time = duration(0, 1e9);
  fc.assert(fc.property(fc.nat(1e9), (n) => n === 0 || time.parse(showDuration(n)) === n));
});
