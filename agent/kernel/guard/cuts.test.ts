/**
 * Programs on cgroups: there whole or not at all, pinned when there is a place to, and gone again.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Cuts } from "./cuts.ts";

/** Any directory has an inode. */
let directory: string;
let id: bigint;
let attached: Set<string>;
let pinned: Set<string>;
let ours: Set<number>;
let refused: string | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "pahlevan-cuts-"));
  id = statSync(directory, { bigint: true }).ino;
  attached = new Set();
  pinned = new Set();
  ours = new Set();
  refused = undefined;
});
afterEach(() => rmSync(directory, { recursive: true }));

function cuts(): Cuts {
  return new Cuts({
    attach: (program, cgroup) => {
      if (program === refused) throw new Error("the kernel refuses it");
      expect(statSync(cgroup, { bigint: true }).ino).toBe(id);
      attached.add(program);
      let pin: string | undefined;
      return {
        kind: "cgroup",
        id: attached.size,
        programId: attached.size,
        pin: (path) => {
          if (path.includes("full")) throw new Error("no space left");
          pinned.add(path);
          pin = path;
        },
        unpin: () => void pinned.delete(pin ?? ""),
        close: () => void (pinned.has(pin ?? "") || attached.delete(program)),
      };
    },
    shield: {
      link: (_, link) => void ours.add(link.id),
      forgetLink: (link) => void ours.delete(link.id),
    },
  });
}

const pinsIn = (folder: string) => ({
  pin: (program: string, link: { pin(path: string): void }) => link.pin(`${folder}/${program}`),
});

test("both ways are cut, once, and protected; lifted, nothing is left", () => {
  const all = cuts();
  expect([all.cut(id, directory), all.cut(id, directory)]).toEqual([[], []]);
  expect([[...attached], [...ours], all.has(id)]).toEqual([
    ["cut_egress", "cut_ingress"],
    [1, 2],
    true,
  ]);
  all.lift(id);
  expect([[...attached], [...ours], all.has(id)]).toEqual([[], [], false]);
});

test("what is cut is pinned once there is a place, and what is cut later at once", () => {
  const all = cuts();
  all.cut(id, directory);
  expect(all.pin(pinsIn("pins"))).toEqual([]);
  expect([...pinned]).toEqual([`pins/cut_egress-${id}`, `pins/cut_ingress-${id}`]);
  all.lift(id);
  expect([[...pinned], [...attached]]).toEqual([[], []]);
  all.cut(id, directory);
  all.close();
  expect([pinned.size, attached.size]).toEqual([2, 2]);
});

test("once it is closed, who comes late is not cut off any more", () => {
  const all = cuts();
  all.pin(pinsIn("pins"));
  all.close();
  all.cut(id, directory);
  all.lift(id);
  expect([pinned.size, attached.size, all.has(id)]).toEqual([0, 0, false]);
});

test("what cannot be pinned is cut all the same, and named", () => {
  const all = cuts();
  all.pin(pinsIn("full"));
  expect(all.cut(id, directory)).toEqual([
    { program: "cut_egress", why: "no space left" },
    { program: "cut_ingress", why: "no space left" },
  ]);
  expect(all.has(id)).toBe(true);
  all.lift(id);
  expect([...attached]).toEqual([]);
});

test("where one way is refused the other is not cut either", () => {
  const all = cuts();
  refused = "cut_ingress";
  expect(() => all.cut(id, directory)).toThrow("the kernel refuses it");
  expect([[...attached], all.has(id)]).toEqual([[], false]);
});

test("a directory that is another cgroup's by now is not cut", () => {
  expect(() => cuts().cut(id + 1n, directory)).toThrow("is another cgroup by now");
  expect([...attached]).toEqual([]);
});
