/** What the start needed and nobody needs now goes back to the system; all of it can come again. */
import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { BpfObject, kernelHasType, returnMemory } from "./index.ts";
import { program } from "./test/build.ts";
import { u32 } from "./test/numbers.ts";

function residentKilobytes(sort: "Anon" | "File"): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(new RegExp(`^Rss${sort}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]);
}

/** Of the memory that libbpf shares with nobody, but asks for as if it would. */
function sharedKilobytes(): number {
  const mappings = readFileSync("/proc/self/smaps", "utf8").split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  return mappings
    .filter((each) => each.split("\n", 1)[0]?.endsWith("/dev/zero (deleted)"))
    .reduce((sum, each) => sum + Number(/^Rss:\s+(\d+) kB$/m.exec(each)?.[1]), 0);
}

test("pages of code that nothing runs are given back, and read again when it does", () => {
  const before = residentKilobytes("File");
  returnMemory();
  expect(residentKilobytes("File")).toBeLessThan(before / 2);
  // Of all parts of Node, these ran before and run again.
  expect(
    JSON.parse(JSON.stringify({ again: [/a+/.test("aa"), new Intl.NumberFormat().format(1)] })),
  ).toEqual({ again: [true, "1"] });
});

test("the kernel's types are given back, and read again for who asks", () => {
  expect(kernelHasType("struct", "task_struct")).toBe(true);
  const before = residentKilobytes("Anon");
  returnMemory();
  expect(residentKilobytes("Anon")).toBeLessThan(before - 3_000);
  expect(kernelHasType("struct", "task_struct")).toBe(true);
});

test("what sections began with is not kept once the kernel has it", () => {
  const object = new BpfObject(program("senses"));
  onTestFinished(() => object.close());
  for (const { name } of object.programs) object.setAutoload(name, name === "sum_constants");
  object.setConstant("watched_pid", u32(process.pid));
  expect(sharedKilobytes()).toBeGreaterThan(0);
  object.load();
  expect(sharedKilobytes()).toBe(0);
});
