/** A row, and the page that shows one. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { examples } from "../examples.ts";
import { Outgoing } from "../record.ts";
import { columns, rowOf } from "./row.ts";
import { keys } from "./settings.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/exporters/postgres.md"), "utf8");
const records = examples("2026-11-21T10:00:00.123456789Z").map((line) => Outgoing.of(line));

it("the page shows the row of the first example", () => {
  const [, sample = ""] = /<!-- sample -->\n\n```\n(.*?)\n```/s.exec(page) ?? [];
  const shown = sample.split("\n").map((line) => line.split(" | "));
  expect(shown.map(([name]) => name?.trim())).toEqual(columns.map(([name]) => name));
  const [first] = records;
  const row = first && rowOf(first, { host: "node-1", cluster: "prod" });
  // The record's own text may have the mark between the columns in it.
  const values = shown.map(([, ...rest]) => rest.join(" | "));
  expect(values.slice(0, -1)).toEqual(row?.slice(0, -1));
  expect(JSON.parse(values.at(-1) ?? "")).toEqual(JSON.parse(row?.at(-1) ?? ""));
});

it("the page has every setting as it is", () => {
  for (const [name, { doc }] of Object.entries(keys)) {
    const line = page.split("\n").find((each) => each.startsWith(`| \`${name}\` |`));
    expect(line).toContain(` | ${doc} |`);
  }
});

it("every sort of record is a row, without a cluster where none is named", () => {
  for (const record of records) {
    const row = rowOf(record, { host: "node-1", cluster: "" });
    expect(row).toHaveLength(columns.length);
    expect(JSON.parse(row.at(-1) ?? "")).toEqual({ host: "node-1", ...record.line });
  }
});
