import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PolicySource } from "./policy-source.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "pahlevan-policies-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const policy = (name: string, mode = "monitor") =>
  JSON.stringify({
    apiVersion: "policy.pahlevan.io/v1alpha1",
    kind: "PahlevanPolicy",
    metadata: { name },
    spec: { selector: {}, enforcement: { mode } },
  });
const write = (name: string, content: string) => writeFileSync(join(folder, name), content);
const shown = (source: PolicySource) =>
  source.policies.map(({ policy: { name, mode } }) => [name, mode]);

test("a folder's policies are those of its files, and other kinds are passed over", () => {
  write("b.yaml", policy("second"));
  write("a.json", policy("first"));
  write("notes.txt", "no policy");
  write("service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n");
  const source = new PolicySource(folder);
  expect(shown(source)).toEqual([
    ["first", "monitor"],
    ["second", "monitor"],
  ]);
  expect(source.problems).toEqual([]);
});

test("a file that becomes wrong keeps its last good content, and says where it is wrong", () => {
  write("a.yaml", policy("web"));
  const source = new PolicySource(folder);
  write("a.yaml", policy("web", "enforced"));
  expect(source.read()).toBe(true);
  expect(shown(source)).toEqual([["web", "monitor"]]);
  expect(source.problems).toEqual([
    expect.stringMatching(/a\.yaml:1: policy web: .*mode.*stays in force\)$/),
  ]);
  write("a.yaml", policy("web", "enforce"));
  expect(source.read()).toBe(true);
  expect(shown(source)).toEqual([["web", "enforce"]]);
  expect(source.problems).toEqual([]);
  expect(source.read()).toBe(false);
});

test("what is deleted is gone; a folder that is gone is nobody's wish", () => {
  const inside = join(folder, "policies");
  mkdirSync(inside);
  write("policies/a.yaml", policy("a"));
  write("policies/b.yaml", policy("b"));
  const source = new PolicySource(inside);
  rmSync(join(inside, "a.yaml"));
  expect(source.read()).toBe(true);
  expect(shown(source)).toEqual([["b", "monitor"]]);
  renameSync(inside, join(folder, "away"));
  expect(source.read()).toBe(true);
  expect(shown(source)).toEqual([["b", "monitor"]]);
  expect(source.problems).toEqual([expect.stringContaining("is not there any more")]);
  expect(source.read()).toBe(false);
});

test("of two policies of one name the first counts, and the other is told of", () => {
  write("a.yaml", policy("web", "enforce"));
  write("b.yaml", policy("web"));
  const source = new PolicySource(folder);
  expect(shown(source)).toEqual([["web", "enforce"]]);
  expect(source.problems).toEqual([
    expect.stringMatching(/b\.yaml:1: policy web: .*a\.yaml:1 has this name in host already/),
  ]);
});

test("a change is told of without being asked for", async () => {
  write("a.yaml", policy("web"));
  const source = new PolicySource(join(folder, "a.yaml"));
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = source.watch(resolve);
  write("new.yaml", policy("web", "enforce"));
  renameSync(join(folder, "new.yaml"), join(folder, "a.yaml"));
  await promise;
  stop();
  expect(shown(source)).toEqual([["web", "enforce"]]);
});

test("what is no regular file, or too large a one, is said once, and the rest is read", () => {
  write("good.yaml", policy("web"));
  execFileSync("mkfifo", [join(folder, "pipe.yaml")]);
  mkdirSync(join(folder, "folder.yaml"));
  write("large.yaml", "#".repeat((4 << 20) + 1));
  const source = new PolicySource(folder);
  expect(shown(source)).toEqual([["web", "monitor"]]);
  expect(source.problems).toEqual([
    expect.stringMatching(/folder\.yaml: is no file/),
    expect.stringMatching(/large\.yaml: has \d+ bytes/),
    expect.stringMatching(/pipe\.yaml: is no file/),
  ]);
  expect(source.read()).toBe(false);
});
