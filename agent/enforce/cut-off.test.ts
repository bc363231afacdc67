/** Who is cut off and who is not, and what is said about it. */
import { beforeEach, expect, test } from "vitest";
import { CutOff, uncuttable } from "./cut-off.ts";

let cut: Map<bigint, string>;
let complaints: string[];
let fails: string | undefined;

beforeEach(() => {
  cut = new Map();
  complaints = [];
  fails = undefined;
});

function cutOff(refused?: string): CutOff {
  return new CutOff({
    cuts: {
      has: (id) => cut.has(id),
      cut: (id, directory) => {
        if (fails !== undefined) throw new Error(fails);
        cut.set(id, directory);
        return id === 9n ? [{ program: "cut_egress", why: "no room" }] : [];
      },
      lift: (id) => void cut.delete(id),
    },
    refused,
    directoryOf: (id) => (id === 8n ? undefined : `/sys/fs/cgroup/${id}`),
    complain: (says) => void complaints.push(says),
  });
}

test("what is wished is done once, and undone once", () => {
  const off = cutOff();
  off.keep(1n, true);
  off.keep(1n, true);
  off.keep(2n, false);
  expect([...cut]).toEqual([[1n, "/sys/fs/cgroup/1"]]);
  expect([off.isCut(1n), off.isCut(2n)]).toEqual([true, false]);
  off.keep(1n, false);
  expect([[...cut], complaints]).toEqual([[], []]);
});

test("a cgroup that the kernel refuses is tried again, and told of once", () => {
  const off = cutOff();
  fails = "somebody else's program is there alone";
  off.keep(1n, true);
  off.keep(1n, true);
  expect(complaints).toEqual([
    "connections that stand in a quarantine are not cut: somebody else's program is there alone",
  ]);
  expect(off.whyNot(1n)).toBe(fails);
  fails = undefined;
  off.keep(1n, true);
  expect([off.isCut(1n), off.whyNot(1n)]).toEqual([true, undefined]);
});

test("where the kernel has no programs for it, that is the reason", () => {
  const off = cutOff("instances are of cgroup v1");
  off.keep(1n, true);
  expect([off.isCut(1n), off.whyNot(1n)]).toEqual([false, "instances are of cgroup v1"]);
  off.keep(1n, false);
  expect(off.whyNot(1n)).toBeUndefined();
});

test("a cgroup without a path is not cut, and one that is not kept is so all the same", () => {
  const off = cutOff();
  off.keep(8n, true);
  off.keep(9n, true);
  expect([off.isCut(8n), off.isCut(9n)]).toEqual([false, true]);
  expect(complaints[1]).toBe("cut_egress of a quarantine is not kept: no room");
});

test("who has ended stays cut off: the last 256 of them", () => {
  const off = cutOff();
  for (let id = 1_000n; id < 1_300n; id++) {
    off.keep(id, true);
    off.ended(id);
  }
  off.ended(2_000n);
  expect(cut.size).toBe(256);
  expect([...cut.keys()][0]).toBe(1_044n);
});

test("a kernel that cuts nobody off is said to, beforehand", () => {
  const row = { fact: "connections that stand, in quarantine", kinds: [], hook: "" };
  expect(uncuttable([{ ...row, tier: "cgroup" }])).toEqual([]);
  expect(uncuttable([{ ...row, tier: "none", why: "cgroup: v1" }])).toEqual([
    {
      facet: "network",
      says: "connections that stand in a quarantine are not cut: cgroup: v1",
    },
  ]);
});
