import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PolicySource } from "./policy-source.ts";
import type { readApart } from "./read-apart.ts";
import { readContent } from "./read-content.ts";

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
/** In this process, which takes a fifth of a second less. */
const readHere: typeof readApart = async (files, { nowMs }) =>
  files.map((file) => readContent(file, nowMs));
const opened = (path: string) => PolicySource.open(path, { read: readHere });
const shown = (source: PolicySource) =>
  source.policies.map(({ policy: { name, mode } }) => [name, mode]);

test("a folder's policies are those of its files, and other kinds are passed over", async () => {
  write("b.yaml", policy("second"));
  write("a.json", policy("first"));
  write("notes.txt", "no policy");
  write("service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n");
  const source = await opened(folder);
  expect(shown(source)).toEqual([
    ["first", "monitor"],
    ["second", "monitor"],
  ]);
  expect(source.problems).toEqual([]);
});

test("a file that becomes wrong keeps its last good content, and says where it is wrong", async () => {
  write("a.yaml", policy("web"));
  const source = await opened(folder);
  write("a.yaml", policy("web", "enforced"));
  expect(await source.read()).toBe(true);
  expect(shown(source)).toEqual([["web", "monitor"]]);
  expect(source.problems).toEqual([
    expect.stringMatching(/a\.yaml:1: policy web: .*mode.*stays in force\)$/),
  ]);
  write("a.yaml", policy("web", "enforce"));
  expect(await source.read()).toBe(true);
  expect(shown(source)).toEqual([["web", "enforce"]]);
  expect(source.problems).toEqual([]);
  expect(await source.read()).toBe(false);
});

test("what is deleted is gone; a folder that is gone is nobody's wish", async () => {
  const inside = join(folder, "policies");
  mkdirSync(inside);
  write("policies/a.yaml", policy("a"));
  write("policies/b.yaml", policy("b"));
  const source = await opened(inside);
  rmSync(join(inside, "a.yaml"));
  expect(await source.read()).toBe(true);
  expect(shown(source)).toEqual([["b", "monitor"]]);
  renameSync(inside, join(folder, "away"));
  expect(await source.read()).toBe(true);
  expect(shown(source)).toEqual([["b", "monitor"]]);
  expect(source.problems).toEqual([expect.stringContaining("is not there any more")]);
  expect(await source.read()).toBe(false);
});

test("of two policies of one name the first counts, and the other is told of", async () => {
  write("a.yaml", policy("web", "enforce"));
  write("b.yaml", policy("web"));
  const source = await opened(folder);
  expect(shown(source)).toEqual([["web", "enforce"]]);
  expect(source.problems).toEqual([
    expect.stringMatching(/b\.yaml:1: policy web: .*a\.yaml:1 has this name in host already/),
  ]);
});

test("a change is told of without being asked for", async () => {
  write("a.yaml", policy("web"));
  const source = await opened(join(folder, "a.yaml"));
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = source.watch(resolve);
  write("new.yaml", policy("web", "enforce"));
  renameSync(join(folder, "new.yaml"), join(folder, "a.yaml"));
  await promise;
  stop();
  expect(shown(source)).toEqual([["web", "enforce"]]);
});

test("what is no regular file, or too large a one, is said once, and the rest is read", async () => {
  write("good.yaml", policy("web"));
  execFileSync("mkfifo", [join(folder, "pipe.yaml")]);
  mkdirSync(join(folder, "folder.yaml"));
  write("large.yaml", "#".repeat((4 << 20) + 1));
  const source = await opened(folder);
  expect(shown(source)).toEqual([["web", "monitor"]]);
  expect(source.problems).toEqual([
    expect.stringMatching(/folder\.yaml: is no file/),
    expect.stringMatching(/large\.yaml: has \d+ bytes/),
    expect.stringMatching(/pipe\.yaml: is no file/),
  ]);
  expect(await source.read()).toBe(false);
});

test("what nobody could read leaves the last good content, and is read again after a minute", async () => {
  write("a.yaml", policy("web"));
  write("b.yaml", policy("shop"));
  let nowMs = 0;
  let fails = false;
  const asked: string[][] = [];
  const read: typeof readApart = async (files, options) => {
    asked.push(files.map(({ file }) => basename(file)));
    if (fails) throw new Error("reading took longer than 60 s");
    return readHere(files, options);
  };
  const source = await PolicySource.open(folder, { nowMs: () => nowMs, read });
  fails = true;
  write("a.yaml", policy("web", "enforce"));
  expect(await source.read()).toBe(true);
  expect(shown(source)).toEqual([
    ["web", "monitor"],
    ["shop", "monitor"],
  ]);
  expect(source.problems).toEqual([
    expect.stringMatching(
      /a\.yaml: cannot be read: .* 60 s \(the last good content .* in force\)$/,
    ),
  ]);
  nowMs = 59_999;
  expect(await source.read()).toBe(false);
  nowMs = 60_000;
  fails = false;
  expect(await source.read()).toBe(true);
  expect(shown(source)).toContainEqual(["web", "enforce"]);
  expect(source.problems).toEqual([]);
  expect(asked).toEqual([["a.yaml", "b.yaml"], ["a.yaml"], ["a.yaml"]]);
});

test("where one file cannot be read, the others are", async () => {
  write("a.yaml", policy("web"));
  write("b.yaml", policy("shop"));
  const read: typeof readApart = async (files, options) => {
    if (files.some(({ file }) => file.endsWith("a.yaml"))) throw new Error("it takes too much");
    return readHere(files, options);
  };
  const source = await PolicySource.open(folder, { read });
  expect(shown(source)).toEqual([["shop", "monitor"]]);
  expect(source.problems).toEqual([
    expect.stringMatching(/a\.yaml: cannot be read: it takes too much$/),
  ]);
});

test("an edit while another is read is read after it", async () => {
  write("a.yaml", policy("web"));
  const first = Promise.withResolvers<void>();
  const asked: string[] = [];
  const read: typeof readApart = async (files, options) => {
    asked.push(...files.map(({ content }) => content));
    if (asked.length === 2) await first.promise;
    return readHere(files, options);
  };
  const source = await PolicySource.open(folder, { read });
  write("a.yaml", policy("web", "alert"));
  const one = source.read();
  await Promise.resolve();
  write("a.yaml", policy("web", "enforce"));
  const others = [source.read(), source.read()];
  first.resolve();
  expect(await Promise.all([one, ...others])).toEqual([true, true, true]);
  expect(shown(source)).toEqual([["web", "enforce"]]);
  expect(asked).toHaveLength(3);
});

test("who stopped watching is told of nothing that was still being read", async () => {
  write("a.yaml", policy("web"));
  const begun = Promise.withResolvers<AbortSignal | undefined>();
  const answer = Promise.withResolvers<void>();
  let reads = 0;
  const read: typeof readApart = async (files, options) => {
    if (++reads === 2) begun.resolve(options.signal);
    if (reads === 2) await answer.promise;
    return readHere(files, options);
  };
  const source = await PolicySource.open(folder, { read });
  let told = 0;
  const stop = source.watch(() => void told++);
  write("a.yaml", policy("web", "enforce"));
  const signal = await begun.promise;
  stop();
  expect(signal?.aborted).toBe(true);
  answer.resolve();
  await source.read();
  expect(told).toBe(0);
});
