/** What the start needed and nobody needs now goes back to the system; all of it can come again. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { returnMemory } from "./index.ts";

function residentFileKilobytes(): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(/^RssFile:\s+(\d+) kB$/m.exec(status)?.[1]);
}

test("pages of code that nothing runs are given back, and read again when it does", () => {
  const before = residentFileKilobytes();
  returnMemory();
  expect(residentFileKilobytes()).toBeLessThan(before / 2);
  // Of all parts of Node, these ran before and run again.
  expect(
    JSON.parse(JSON.stringify({ again: [/a+/.test("aa"), new Intl.NumberFormat().format(1)] })),
  ).toEqual({ again: [true, "1"] });
});
