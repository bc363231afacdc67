/** docs/exporters/otlp.md shows what is sent, and names every setting. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { examples } from "../examples.ts";
import { keys } from "./keys.ts";
import { attributesOf } from "./attributes.ts";
import { logRecord } from "./log-record.ts";
import { signals } from "./shapes.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/exporters/otlp.md"), "utf8");

it("shows a decision as it is sent", () => {
  const [, shown = ""] = /## What arrives[^]*?```yaml\n([^]*?)```/.exec(page) ?? [];
  const [decision] = examples("2026-11-22T10:11:12.123456789Z");
  if (decision === undefined || decision.event === "span") throw new Error("no example");
  const { body, eventName, severityNumber, severityText } = logRecord(decision, 0);
  const attributes = attributesOf(decision);
  const sent = {
    ...{ attributes, body: body.stringValue, eventName, severityNumber, severityText },
    ...trace(decision),
  };
  expect(parse(shown)).toMatchObject(sent);
});

function trace({ trace: at }: ReturnType<typeof examples>[number]) {
  return { traceId: at?.traceId, spanId: at?.spanId };
}

it("names every setting", () => {
  const own = (name: string) => !signals.some((signal) => name.startsWith(`${signal}-`));
  const names = Object.keys(keys).filter(own);
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  for (const signal of signals) expect(page).toMatch(`\`${signal}-\``);
});
