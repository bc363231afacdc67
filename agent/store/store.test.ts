/** What the store keeps, merges, forgets, and refuses to touch. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Fact } from "@pahlevan/core/profile/fact.ts";
import { learn } from "@pahlevan/core/profile/learn.ts";
import { emptyProfile, mergeProfiles, type Profile } from "@pahlevan/core/profile/profile.ts";
import { afterAll, describe, expect, it } from "vitest";
import { schemaVersion } from "./migrations.ts";
import { storeFile } from "./open.ts";
import { Store } from "./store.ts";
import { readWorkload, workloadText } from "./workload-name.ts";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-store-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fresh = () => mkdtempSync(join(folder, "state-"));
const open = (stateDirectory: string, decisionsKept = 10) =>
  Store.open({ stateDirectory, decisionsKept });

const web = { namespace: "host", workload: "web" };
const blind = new Set<never>();

function profileOf(...paths: string[]): Profile {
  const facts = paths.map((path): Fact => {
    const detail = { kind: "open", path: { value: path }, access: ["read"] } as const;
    const event = { timeNs: 0n, cgroupId: 1n, instance: 2, generation: 1, flags: [], detail };
    return { fact: "seen", instance: { id: "a", startedMs: 0 }, atMs: 5, event };
  });
  return learn(emptyProfile, facts);
}

function pathsIn(store: Store, name = web): string[] {
  const stored = store.profiles.read(name);
  return [...(stored?.profile.facets.file.entries.keys() ?? [])].sort();
}

/** What was merged, where it was not forgotten. */
function merge(store: Store, profile: Profile, since?: number) {
  const merging = { profile, blind, nowMs: 7, ...(since !== undefined && { since }) };
  const merged = store.profiles.merge(web, merging);
  if ("forgotten" in merged) throw new Error("it was forgotten");
  return merged;
}

describe("profiles", () => {
  it("are there when the store is opened again", () => {
    const directory = fresh();
    {
      using store = open(directory);
      merge(store, profileOf("/etc/a"));
    }
    using again = open(directory);
    expect(again.profiles.names()).toEqual([web]);
    expect(again.profiles.read(web)).toEqual({
      ...web,
      profile: profileOf("/etc/a"),
      blind,
      savedMs: 7,
      revision: 1,
    });
  });

  it("keep what two processes learned at the same time", () => {
    const directory = fresh();
    using one = open(directory);
    using other = open(directory);
    const { revision } = merge(one, profileOf("/etc/a"));
    merge(other, profileOf("/etc/b"));
    merge(one, profileOf("/etc/a", "/etc/c"), revision);
    expect(pathsIn(other)).toEqual(["file read /etc/a", "file read /etc/b", "file read /etc/c"]);
    const both = mergeProfiles(profileOf("/etc/a", "/etc/c"), profileOf("/etc/b"));
    expect(one.profiles.read(web)?.profile).toEqual(both);
  });

  it("stay forgotten, whoever still remembers them", () => {
    const directory = fresh();
    using store = open(directory);
    using person = open(directory);
    const { revision } = merge(store, profileOf("/etc/a"));
    expect(person.profiles.forget(web)).toBe(true);
    expect(person.profiles.forget(web)).toBe(false);
    const late = { profile: profileOf("/etc/a"), blind, nowMs: 8, since: revision };
    expect(store.profiles.merge(web, late)).toEqual({ forgotten: true });
    merge(person, profileOf("/etc/new"));
    expect(store.profiles.merge(web, late)).toEqual({ forgotten: true });
    expect(pathsIn(store)).toEqual(["file read /etc/new"]);
  });

  it("that are damaged are said to be, and not written over", () => {
    const directory = fresh();
    using store = open(directory);
    merge(store, profileOf("/etc/a"));
    const database = new DatabaseSync(storeFile(directory));
    database.exec("UPDATE profiles SET document = substr(document, 1, 40)");
    expect(() => store.profiles.read(web)).toThrow(/profile of web cannot be used.*forget web/);
    expect(() => merge(store, profileOf("/etc/b"))).toThrow("cannot be used");
    const left = database.prepare("SELECT length(document) AS length FROM profiles").get();
    expect(left?.["length"]).toBe(40);
    database.close();
  });
});

describe("decisions", () => {
  const decision = (number: number, workload = "web") => ({
    atMs: number,
    namespace: "host",
    workload,
    line: `{"number":${number}}`,
  });
  const lines = (found: readonly { readonly line: string }[]) =>
    found.map(({ line }) => Number(/\d+/.exec(line)?.[0]));

  it("are kept by their number, the newest of them", () => {
    using store = open(fresh(), 10);
    for (let from = 0; from < 40; from += 8)
      store.decisions.append(Array.from({ length: 8 }, (_, at) => decision(from + at)));
    expect(lines([...store.decisions.newest()])).toEqual([39, 38, 37, 36, 35, 34, 33, 32, 31, 30]);
  });

  it("are found by their age, and their numbers are used once", () => {
    using store = open(fresh(), 4);
    store.decisions.append([decision(1), decision(2, "db"), decision(3)]);
    expect(lines([...store.decisions.newest(2)])).toEqual([3, 2]);
    const [newest] = store.decisions.newest();
    store.decisions.append([decision(4)]);
    expect([...store.decisions.newest()][0]?.id).toBe((newest?.id ?? 0) + 1);
  });
});

it("states of policies are those that were written last, and no others", () => {
  const directory = fresh();
  const state = (name: string) => ({ namespace: "host", name, state: "{}", savedMs: 1 });
  {
    using store = open(directory);
    store.policies.replace([state("a"), state("b")]);
    store.policies.replace([state("c"), state("b")]);
  }
  using again = open(directory);
  expect(again.policies.all()).toEqual([state("b"), state("c")]);
});

describe("a file that is not ours to write", () => {
  const cases = {
    "one letter": (file: string) => writeFileSync(file, "x"),
    text: (file: string) => writeFileSync(file, "not a database\n".repeat(900)),
    "another program's": (file: string) => {
      const other = new DatabaseSync(file);
      other.exec("CREATE TABLE theirs (a)");
      other.close();
    },
    "a newer release's": (file: string) => {
      const newer = new DatabaseSync(file);
      newer.exec(`PRAGMA user_version = ${schemaVersion + 1}`);
      newer.close();
    },
    damaged: (file: string) => {
      const bytes = readFileSync(file);
      bytes.fill(0x5a, 4_096 + 100, 3 * 4_096);
      writeFileSync(file, bytes);
    },
    "cut off": (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 6_000)),
  };

  it.each(Object.entries(cases))("%s is refused by name and stays as it is", (what, spoil) => {
    const directory = fresh();
    const file = storeFile(directory);
    if (!["one letter", "text", "another program's"].includes(what)) {
      using store = open(directory);
      merge(store, profileOf(...Array.from({ length: 200 }, (_, at) => `/etc/${at}`)));
    }
    spoil(file);
    const before = readFileSync(file);
    const says = what.startsWith("a newer")
      ? /schema \d+, this release knows \d+: a newer one wrote it; upgrade/
      : /is no store of Pahlevan's, or it is damaged \(.+\); nothing was written to it: move it away/;
    expect(() => open(directory)).toThrow(says);
    expect(() => open(directory)).toThrow(file);
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});

it("a place that cannot hold a store is told as that, and not as damage", () => {
  const inTheWay = join(fresh(), "file");
  writeFileSync(inTheWay, "");
  expect(() => open(join(inTheWay, "state"))).toThrow(/^cannot open .*ENOTDIR/);
  const directory = fresh();
  mkdirSync(storeFile(directory));
  expect(() => open(directory)).toThrow(/^cannot open .*EISDIR/);
});

it("looking for a store makes none", () => {
  const directory = join(fresh(), "none");
  expect(Store.openExisting({ stateDirectory: directory, decisionsKept: 1 })).toBeUndefined();
  expect(existsSync(directory)).toBe(false);
});

it("nobody else may read it", () => {
  const directory = join(fresh(), "state");
  using store = open(directory);
  merge(store, profileOf("/etc/a"));
  const modes = [directory, storeFile(directory), `${storeFile(directory)}-wal`].map(
    (each) => statSync(each).mode & 0o777,
  );
  expect(modes).toEqual([0o700, 0o600, 0o600]);
});

it.each(["web", "shop/web", "host/system.slice/cron"])("%s is a workload's name", (text) => {
  expect(workloadText(readWorkload(text))).toBe(text);
});
