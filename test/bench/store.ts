/** What the store of events takes: rows a second that survive, and answers over a million of them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseQuery } from "@pahlevan/core/query/parse.ts";
import { examples } from "@pahlevan/exporters/examples.ts";
import type { Line } from "@pahlevan/exporters/record.ts";
import { newestLast } from "../../agent/cli/decisions/newest-last.ts";
import { eventOf, type NewEvent } from "../../agent/store/events.ts";
import { Store } from "../../agent/store/store.ts";
import type { Row } from "./row.ts";

const million = Number(process.env["ROWS"] ?? 1_000_000);
const batch = 100;
const workloads = 200;
const beganMs = Date.UTC(2026, 0, 1);
/** A million in a month. */
const apartMs = 2_592;

export async function run(): Promise<readonly Row[]> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "pahlevan-bench-store-"));
  try {
    const rows = [
      ...appended(stateDirectory, { eventsSize: 2 ** 40, decisionsKept: 2 * million }, million),
      ...asked(stateDirectory),
      ...appended(stateDirectory, { eventsSize: 2 ** 40, decisionsKept: million }, 100_000),
    ];
    return await Promise.resolve(rows);
  } finally {
    rmSync(stateDirectory, { recursive: true });
  }
}

interface Limits {
  readonly eventsSize: number;
  readonly decisionsKept: number;
}

/** As the agent does it: some rows in each transaction, of which each is on disk at its end. */
function appended(stateDirectory: string, limits: Limits, count: number): Row[] {
  using store = Store.open({ stateDirectory, ...limits });
  const { rows: before } = store.events.sums();
  const events = made();
  const took: number[] = [];
  let spent = 0;
  for (let at = 0; at < count; at += batch) {
    const some = Array.from({ length: batch }, (_, more) => events(before + at + more));
    const began = performance.now();
    store.events.append(some);
    took.push(performance.now() - began);
    spent += took.at(-1) ?? 0;
  }
  took.sort((one, other) => one - other);
  const worst = took[Math.floor(took.length * 0.999)] ?? 0;
  const { rows, bytes } = store.events.sums();
  const how = before === 0 ? "growing" : "full: each drops as many";
  const size = `${rows} rows, ${(bytes / rows).toFixed(0)} bytes each`;
  return [
    row(`append, ${how}`, (count / spent) * 1_000, "rows/s", ">= 10000", size),
    row(`an append of ${batch}, p99.9`, worst, "ms", "<= 250", `of ${took.length}; a checkpoint`),
  ];
}

function asked(stateDirectory: string): Row[] {
  const opening = performance.now();
  using store = Store.open({ stateDirectory, eventsSize: 2 ** 40, decisionsKept: 2 * million });
  const opened = row("open, and look for damage", performance.now() - opening, "ms", "<= 2000", "");
  const endMs = beganMs + million * apartMs;
  const hour = { sinceMs: endMs - 3_600_000 };
  const questions: readonly (readonly [
    name: string,
    budget: number,
    where: string,
    since: object,
  ])[] = [
    ["the newest 100", 50, "", {}],
    ["the last hour", 100, "", hour],
    ["one workload of a month, 100", 50, "workload = w7", {}],
    ["one workload and its kills", 500, "workload = w7 and action = kill", {}],
    ["a path that is there often, 100", 100, 'object ~ "/usr/bin/*"', {}],
    ["a path that is nowhere, all rows", 5_000, 'object ~ "/nowhere/*"', {}],
    ["an argument that is nowhere, all rows", 8_000, 'process.args ~ "*nowhere*"', {}],
  ];
  const answers = questions.map(([name, budget, where, since]) => {
    const parsed = where === "" ? undefined : parseQuery(where);
    if (parsed && "problem" in parsed) throw new Error(parsed.problem.says);
    const question = { events: ["pahlevan.decision"], where: parsed?.expression, ...since };
    const began = performance.now();
    const most = name.endsWith("100") ? 100 : million;
    let found = 0;
    for (const line of newestLast(store.events, question, most)) found += line === "" ? 0 : 1;
    const ms = performance.now() - began;
    return row(name, ms, "ms", `<= ${budget}`, `${found} found`);
  });
  return [opened, ...answers];
}

/** The same again in each run. */
function made(): (at: number) => NewEvent {
  const [denied] = examples("2026-01-01T00:00:00Z");
  if (denied?.event !== "pahlevan.decision") throw new Error("the first example is a decision");
  return (at) => {
    // Some are loud: w0 has a third of all.
    const workload = `w${at % 3 === 0 ? 0 : (at * 7) % workloads}`;
    const line: Line = {
      ...denied,
      id: `n-${at}`,
      time: new Date(beganMs + at * apartMs).toISOString(),
      workload,
      object: `${at % 11 === 0 ? "/usr/bin" : "/srv/data"}/file-${at % 5_000}`,
      action: at % 1_009 === 0 ? "kill" : "deny",
    };
    return eventOf(line);
  };
}

function row(name: string, value: number, unit: string, budget: string, detail: string): Row {
  const limit = Number(budget.split(" ")[1]);
  const ok = budget.startsWith(">") ? value >= limit : value <= limit;
  return { name, value, unit, budget, ok, detail };
}
