/** The table of docs/kernels.md is what these kernels really do. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { facts } from "../../agent/kernel/hooks.ts";
import type { TierRow } from "../../agent/kernel/tiers.ts";
import { columns, measure, measured, measureHost, page, render, written } from "./support.ts";
import { guestsOf } from "./vm/guests.ts";
import { vmUnavailable } from "./vm/vm.ts";

const text = readFileSync(page, "utf8");
const table = written(text);
const missing = vmUnavailable();
const chosen = guestsOf(
  columns.filter(({ always }) => always),
  columns.filter(({ always }) => !always),
);
const ANEW = "written anew by node test/kernel/support.ts";

test(`the table has a column for each kernel and a row for each fact (${ANEW})`, () => {
  expect([...table.keys()]).toEqual(expect.arrayContaining(columns.map(({ name }) => name)));
  const names = facts.map(({ name }) => name);
  for (const { cells } of table.values()) expect([...cells.keys()]).toEqual(names);
  expect(render([...table.values()])).toBe(text);
});

test("what is written can be read back", () => {
  const row: TierRow = {
    fact: "open",
    facet: "file",
    kinds: ["open"],
    tier: "fentry",
    hooks: ["fentry/security_file_open"],
    refused: [{ tier: "lsm", why: "not active" }],
  };
  const read = written(render([measured("9.9", [row]), measured("10", [])]));
  expect(read.get("9.9")?.cells.get("open")).toBe("fentry: security_file_open");
  expect(read.get("9.9")?.reasons).toEqual(["open: lsm: not active"]);
  expect(read.get("10")?.reasons).toEqual([]);
});

describe.skipIf(process.getuid?.() !== 0)("this machine (sensing takes root)", () => {
  test("does what the table says of its kernel, if it is in it", async ({ skip }) => {
    const { name, cells } = await measureHost();
    const column = table.get(name);
    if (column === undefined) skip(`docs/kernels.md has no column ${name}`);
    expect(cells).toEqual(column?.cells);
  });
});

describe.skipIf(missing !== undefined)(`kernels in VMs${missing ? ` (${missing})` : ""}`, () => {
  test.each(chosen)("$name does what the table says", { timeout: 11 * 60_000 }, async (column) => {
    const { cells, reasons } = await measure(column);
    expect(cells).toEqual(table.get(column.name)?.cells);
    // "on_connect: EACCES: …": the probe promised what the verifier then refused. Not on these.
    expect(reasons.filter((reason) => /: on_\w+: /.test(reason))).toEqual([]);
  });
});
