/** `decisions query` as it is typed, of a store that has a day's records. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { examples } from "@pahlevan/exporters/examples.ts";
import type { Line } from "@pahlevan/exporters/record.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { eventOf } from "../../store/events.ts";
import { Store } from "../../store/store.ts";
import { findCommand, parseInvocation } from "../arguments.ts";
import { commands } from "../commands.ts";
import { timeIn } from "./asked.ts";
import { newestLast } from "./newest-last.ts";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-decisions-"));
afterAll(() => rmSync(folder, { recursive: true }));

const minute = 60_000;
const now = Date.now();
const at = (minutesAgo: number) => new Date(now - minutesAgo * minute).toISOString();

beforeAll(() => {
  using store = Store.open({
    ...{ stateDirectory: folder, decisionsKept: 100_000, eventsFirstSights: "on" },
  });
  const [denied, ...others] = examples(at(90), "old");
  if (denied?.event !== "pahlevan.decision") throw new Error("the first example is a decision");
  const lines: Line[] = [
    ...[denied, ...others],
    { ...denied, id: "1", time: at(30), workload: "web-1", object: "/usr/bin/nc", action: "kill" },
    { ...denied, id: "2", time: at(20), workload: "web-2", object: "/bin/sh", facet: "file" },
    { ...denied, id: "3", time: at(10), namespace: "bank", object: "/usr/bin/wget" },
  ];
  store.events.append(lines.map(eventOf));
});

function query(...args: string[]) {
  const main = join(import.meta.dirname, "../main.ts");
  const env = { ...process.env, PAHLEVAN_STATE_DIRECTORY: folder, NO_COLOR: "1" };
  const words = [main, "decisions", "query", ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8", env });
  return { status, stdout, stderr };
}

function ids(...args: string[]): unknown[] {
  const { status, stdout, stderr } = query(...args, "-o", "json");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => /"id":"([^"]+)"/.exec(line)?.[1]);
}

describe("decisions query", () => {
  const asked: readonly (readonly [args: readonly string[], ids: readonly string[]])[] = [
    [[], ["old-1", "1", "2", "3"]],
    [
      ["--most", "2"],
      ["2", "3"],
    ],
    [
      ["--since", "1h"],
      ["1", "2", "3"],
    ],
    [["--since", "25m", "--until", "15m"], ["2"]],
    [["--workload", "web-*,none", "--facet", "exec"], ["1"]],
    [["--namespace", "bank"], ["3"]],
    [["--action", "kill,alert"], ["1"]],
    [
      ["--where", 'object ~ "/usr/bin/*" and not namespace = bank'],
      ["old-1", "1"],
    ],
    [
      ["--where", "process.uid=1000", "--where", "workload = checkout"],
      ["old-1", "3"],
    ],
    [
      ["--event", "transition,notice"],
      ["old-3", "old-4"],
    ],
    [
      ["--event", "all", "--most", "all"],
      ["old-1", "old-2", "old-3", "old-4", "old-5", "1", "2", "3"],
    ],
  ];
  it.each(asked)("%j finds %j", (args, found) => {
    expect(ids(...args)).toEqual(found);
  });

  it("shows a line for each sort to people", () => {
    const lines = query("--event", "all").stdout.trimEnd().split("\n");
    const texts = lines.filter((line) => !/^\d{4}-\d\d-\d\d$/.test(line));
    expect(texts).toEqual([
      expect.stringMatching(
        / shop\/checkout +exec +runs +\/usr\/bin\/curl .*denied by checkout-policy/,
      ),
      expect.stringMatching(/ shop\/checkout +network +connects +tcp\/203\.0\.113\.9/),
      expect.stringMatching(/ loop +moves +Enforcing → Quarantine .*PahlevanSuspectedAttack/),
      expect.stringMatching(/ loop +pages +checkout-policy: checkout looks attacked/),
      expect.stringMatching(/ learning +ends +214 behaviours of 3 instances, unseen 1\.20 %/),
      expect.stringMatching(/ shop\/web-1 .*killed by/),
      expect.stringMatching(/ shop\/web-2 /),
      expect.stringMatching(/ bank\/checkout /),
    ]);
  });

  it("gives documents of YAML, each of them the record", () => {
    const { stdout } = query("-o", "yaml", "--most", "2");
    const found = stdout
      .split("---\n")
      .slice(1)
      .map((text): unknown => parse(text));
    expect(found).toMatchObject([{ id: "2" }, { id: "3", namespace: "bank" }]);
  });

  const refused: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [
      ["--where", "facet = exec and uid = 0"],
      /did you mean process\.uid\?\n {2}facet = exec and uid = 0\n {19}\^\^\^/,
    ],
    [["--since", "2026-13-45"], /--since 2026-13-45: it takes a duration such as 2h, or a time/],
    [["--until", "tomorrow"], /--until tomorrow: it takes a duration/],
    [["--most", "0"], /--most 0: it takes a number, or all/],
    [["--event", "decisions"], /unknown EVENT 'decisions'; did you mean 'decision'/],
    [["--store", "archive"], /no exporter is called 'archive'/],
    [["--store", "file:/nowhere"], /--store: ENOENT/],
    [
      ["--store", "postgres://x:secret@h/d?sslmode=odd"],
      /^(?!.*secret).*sslmode=odd is not known/s,
    ],
  ];
  it.each(refused)("%j is wrong use, and says what", (args, says) => {
    const { status, stderr } = query(...args);
    expect(stderr).toMatch(says);
    expect(status).toBeGreaterThan(1);
  });

  it("takes an address out of a file", () => {
    const file = join(folder, "address");
    writeFileSync(file, "postgres://x@127.0.0.1:1/none\n");
    const { status, stderr } = query("--store", `file:${file}`);
    expect(stderr).toContain("the store cannot be asked: connect ECONNREFUSED");
    expect(status).toBe(3);
  });
});

it("a time without a zone is this host's, a day begins at its midnight", () => {
  const given = (since: string) => {
    const { command, rest } = findCommand(commands, ["decisions", "query", "--since", since]);
    return timeIn(parseInvocation(command, rest), "since", 5);
  };
  expect(given("2026-11-21")).toBe(new Date(2026, 10, 21).getTime());
  expect(given("2026-11-21 10:30")).toBe(new Date(2026, 10, 21, 10, 30).getTime());
  expect(given("2026-11-21T10:30:00.5+01:00")).toBe(Date.UTC(2026, 10, 21, 9, 30, 0, 500));
  expect(given("3ms")).toBe(2);
});

it("finds the newest of many without keeping them all", () => {
  using store = Store.open({
    stateDirectory: mkdtempSync(join(folder, "many-")),
    decisionsKept: 100_000,
  });
  const name = { namespace: "shop", workload: "web" };
  const line = (atMs: number) => JSON.stringify({ at: atMs });
  store.decisions.append(
    Array.from({ length: 25_000 }, (_, atMs) => ({ ...name, atMs, line: line(atMs) })),
  );
  for (const most of [1, 9_999, 10_001, 24_999, 30_000]) {
    const found = [...newestLast(store.events, {}, most)];
    expect(found).toHaveLength(Math.min(most, 25_000));
    expect([found[0], found.at(-1)]).toEqual([line(Math.max(0, 25_000 - most)), line(24_999)]);
  }
});
