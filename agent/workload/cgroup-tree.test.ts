import { lstatSync, mkdirSync, mkdtempSync, rmSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CgroupTree } from "./cgroup-tree.ts";
import type { Hierarchy } from "./hierarchy.ts";

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "cgroup-tree-"));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

/**
 * An ordinary directory stands in for the mount: the walk reads nothing but directories and inodes.
 */
const at = (mountPoint: string, root = "/"): Hierarchy => ({
  mode: "v2",
  mountPoint,
  root,
  hierarchyId: 0,
});
const make = (path: string) => {
  mkdirSync(join(top, path), { recursive: true });
  return lstatSync(join(top, path), { bigint: true }).ino;
};

describe("a walk", () => {
  test("lists every cgroup with its id, parents first", async () => {
    const b = make("a/b");
    const c = make("c");
    const { cgroups, truncated, vanished } = await new CgroupTree(at(top)).walk();
    expect(cgroups.map(({ path }) => path).slice(0, 1)).toEqual(["/"]);
    expect(cgroups).toEqual(
      expect.arrayContaining([
        { path: "/a/b", id: b },
        { path: "/c", id: c },
      ]),
    );
    expect(cgroups).toHaveLength(4);
    expect({ truncated, vanished }).toEqual({ truncated: false, vanished: 0 });
  });

  test("stops at its limit and says so", async () => {
    for (let n = 0; n < 20; n++) make(`n${n}`);
    const { cgroups, truncated } = await new CgroupTree(at(top), { limit: 10 }).walk();
    expect(cgroups).toHaveLength(10);
    expect(truncated).toBe(true);
  });

  test("goes on when directories vanish under it", async () => {
    for (let n = 0; n < 200; n++) make(`n${n}`);
    const walking = new CgroupTree(at(top)).walk(); // pauses after its first 64 directories
    for (let n = 0; n < 200; n++) rmdirSync(join(top, `n${n}`));
    const { cgroups, vanished } = await walking;
    expect(cgroups.length + vanished).toBe(201);
    expect(vanished).toBeGreaterThan(0);
  });

  test("does not fail where the mount itself has gone", async () => {
    expect(await new CgroupTree(at(join(top, "gone"))).walk()).toEqual({
      cgroups: [],
      truncated: false,
      vanished: 1,
    });
  });

  test("gives paths from the hierarchy's root where the mount shows only a part", async () => {
    make("x");
    const { cgroups } = await new CgroupTree(at(top, "/docker/abc")).walk();
    expect(cgroups.map(({ path }) => path)).toEqual(["/docker/abc", "/docker/abc/x"]);
  });
});

describe("the path of an id", () => {
  test("that an event told needs no walk", async () => {
    const tree = new CgroupTree(at(join(top, "unreadable")));
    tree.learn(42n, "/a/b");
    expect(tree.known(42n)).toBe("/a/b");
    expect(await tree.pathOf(42n)).toBe("/a/b");
  });

  test("that nobody told is found by a walk", async () => {
    const id = make("late/comer");
    expect(await new CgroupTree(at(top)).pathOf(id)).toBe("/late/comer");
  });

  test("that does not exist costs one walk per interval, however often it is asked", async () => {
    let now = 0;
    const tree = new CgroupTree(at(top), { rewalkMs: 100, now: () => now });
    expect(await tree.pathOf(1n)).toBeUndefined();
    const id = make("later");
    now = 99;
    expect(await tree.pathOf(id)).toBeUndefined();
    now = 100;
    expect(await tree.pathOf(id)).toBe("/later");
  });

  test("is forgotten once its cgroup has gone, but not one learned during the walk", async () => {
    const id = make("old");
    const tree = new CgroupTree(at(top));
    await tree.walk();
    rmdirSync(join(top, "old"));
    const walking = tree.walk();
    tree.learn(7n, "/new");
    await walking;
    expect([tree.known(id), tree.known(7n)]).toEqual([undefined, "/new"]);
  });
});
