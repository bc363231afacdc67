/** What is said of a kernel that cannot keep others from the guard itself. */
import { expect, test } from "vitest";
import { unprotected } from "./unprotected.ts";

const facts = [
  "protection of the guard's own objects",
  "protection of the guard's own pins",
  "unlink",
  "mount",
  "ptrace",
];
const row = (fact: string, tier: string) => ({ fact, tier, kinds: [], hook: "" });

test("where hooks refuse, by either way, there is nothing to say", () => {
  expect(unprotected(facts.map((fact) => row(fact, "lsm")))).toEqual([]);
  expect(unprotected(facts.map((fact) => row(fact, "fentry")))).toEqual([]);
});

test("what is only told is named, and so is what is off", () => {
  const says = (tiers: Parameters<typeof unprotected>[0]) => unprotected(tiers)[0]?.says;
  const refused = facts.slice(0, 3).map((fact) => row(fact, "lsm"));
  expect(says([...refused, row("mount", "sys_exit")])).toBe(
    "the guard does not protect of its own: the mount of the pins, the agent's memory",
  );
  expect(says([])).toMatch(/maps, programs, links, links by their pins, pins, /);
});
