import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { FileMemory } from "./memory.ts";

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), "pahlevan-memory-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "deep", "memory.json");
}

const silent = () => {};

test("what is set is there after a restart, and nobody else may read it", () => {
  const at = file();
  const before = new FileMemory(at, silent);
  before.set("incident", "1");
  before.set("gone", "2");
  before.delete("gone");
  before.close();
  const after = new FileMemory(at, silent);
  expect([...after.entries()]).toEqual([["incident", "1"]]);
  expect(statSync(at).mode & 0o777).toBe(0o600);
});

test("it is bounded by entries and by bytes: the oldest go", () => {
  const memory = new FileMemory(undefined, silent);
  for (let n = 0; n < 3_000; n++) memory.set(`k${n}`, "v");
  expect([...memory.entries()].length).toBe(2_000);
  expect(memory.get("k999")).toBeUndefined();
  expect(memory.get("k2999")).toBe("v");
  memory.set("large", "x".repeat(2 << 20));
  expect([...memory.entries()].length).toBeLessThan(2);
});

test("a file that is damaged is none, and one that cannot be written is told of", () => {
  const at = file();
  const first = new FileMemory(at, silent);
  first.set("a", "1");
  first.close();
  writeFileSync(at, '[["a"');
  const said: string[] = [];
  expect([...new FileMemory(at, silent).entries()]).toEqual([]);
  const nowhere = new FileMemory(join(at, "no", "folder"), (says) => said.push(says));
  nowhere.set("a", "1");
  nowhere.close();
  expect(said).toEqual([expect.stringContaining("forgets at the next start")]);
});
