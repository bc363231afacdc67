/** Paths as the kernel's keys, and back. */
import { beforeEach, expect, test } from "vitest";
import { limitValues } from "../layout.gen.ts";
import { KernelBoundPaths } from "./bound-paths.ts";

const longest = `/${"x".repeat(limitValues.bound_path - 1)}`;
let entries: Map<string, Uint8Array>;
let paths: KernelBoundPaths;

beforeEach(() => {
  entries = new Map();
  const textOf = (key: Uint8Array) => Buffer.from(key).toString("latin1");
  paths = new KernelBoundPaths({
    info: { maxEntries: 8 },
    update: (key, value) => Boolean(entries.set(textOf(key), value)),
    delete: (key) => entries.delete(textOf(key)),
    entries: () => ({
      count: entries.size,
      keys: Buffer.from([...entries.keys()].join(""), "latin1"),
      values: Buffer.concat([...entries.values()]),
    }),
  });
});

test("what is put is there, under its own path, until it is removed", () => {
  paths.put("/system.slice/w\u00e9b.service", 3);
  paths.put(longest, 0x1_0002);
  paths.put(longest, 4);
  expect([...paths.all()]).toEqual([
    ["/system.slice/w\u00e9b.service", 3],
    [longest, 4],
  ]);
  paths.remove(longest);
  expect([...paths.all().keys()]).toEqual(["/system.slice/w\u00e9b.service"]);
});

test("a key is the path and nothing but zeros behind it", () => {
  paths.put("/a", 1);
  const [key = ""] = entries.keys();
  expect(key).toBe(`/a${"\0".repeat(limitValues.bound_path - 2)}`);
});

test("a longer path is refused, not cut to another's", () => {
  expect(() => paths.put(`${longest}x`, 1)).toThrow("takes 129 bytes, of 128: /xxx");
  expect(entries.size).toBe(0);
  paths.put(longest, 1);
  paths.remove(`${longest}x`);
  expect(entries.size).toBe(1);
});
