/** What is kept of what happened, what is dropped first, and how it is found again. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { factIn, fits } from "@pahlevan/core/query/evaluate.ts";
import type { Expression } from "@pahlevan/core/query/expression.ts";
import { parseQuery } from "@pahlevan/core/query/parse.ts";
import { examples } from "@pahlevan/exporters/examples.ts";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { questions } from "../../test/questions.ts";
import type { EventQuestion } from "./event-reading.ts";
import { eventOf, type NewEvent } from "./events.ts";
import { migrate } from "./migrations.ts";
import { storeFile } from "./open.ts";
import { Store, type StoreSettings } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-events-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fresh = () => mkdtempSync(join(folder, "state-"));
const open = (settings: Partial<StoreSettings> = {}) =>
  Store.open({ stateDirectory: fresh(), decisionsKept: 1_000_000, ...settings });

const decision = (atMs: number, workload = "web", says = ""): NewEvent => ({
  ...{ atMs, event: "pahlevan.decision", namespace: "shop", workload },
  line: JSON.stringify({ event: "pahlevan.decision", namespace: "shop", workload, at: atMs, says }),
});
const moved = (atMs: number, workload = "web"): NewEvent => ({
  ...{ atMs, event: "pahlevan.loop.transition", namespace: "shop", workload },
  line: JSON.stringify({ event: "pahlevan.loop.transition", namespace: "shop", workload }),
});
const many = (count: number, make: (at: number) => NewEvent) =>
  Array.from({ length: count }, (_, at) => make(at));

const all = { order: "oldest" } as const;
const times = (store: Store, question: EventQuestion = all) =>
  [...store.events.read(question)].map(({ atMs }) => atMs);
const countOf = (store: Store, name: string) =>
  [...store.events.read(all)].filter(({ workload }) => workload === name).length;

function whereOf(text: string): Expression {
  const parsed = parseQuery(text);
  if ("problem" in parsed) throw new Error(parsed.problem.says);
  return parsed.expression;
}

describe("what is kept", () => {
  it("is every sort but spans, and first sights only where somebody wants them", () => {
    const events = examples("2026-11-21T10:00:00.5Z").map(eventOf);
    using store = open();
    using whole = open({ eventsFirstSights: "on" });
    for (const each of [store, whole]) each.events.append(events);
    const kept = [
      "pahlevan.decision",
      "pahlevan.loop.transition",
      "pahlevan.loop.notice",
      "pahlevan.profile.converged",
    ];
    const found = (each: Store) => [...each.events.read(all)].map(({ event }) => event);
    expect(found(store)).toEqual(kept);
    expect(found(whole)).toEqual(kept.toSpliced(1, 0, "pahlevan.behaviour.first_seen"));
    const [first] = store.events.read(all);
    expect(first?.atMs).toBe(Date.UTC(2026, 10, 21, 10, 0, 0, 500));
    expect(JSON.parse(first?.line ?? "")).toEqual(examples("2026-11-21T10:00:00.5Z")[0]);
  });

  it("can be searched whole, whatever was looked up", () => {
    using store = open();
    const line = JSON.stringify({ ...JSON.parse(decision(1).line), object: "a\0evil.example" });
    store.events.append([{ ...decision(1), line }]);
    expect(times(store, { ...all, where: whereOf("object ~ *evil*") })).toEqual([1]);
  });

  it("is not older than what it is kept for", () => {
    const hour = 3_600_000;
    using store = open({ eventsKeptFor: hour });
    const now = Date.now();
    store.events.append([decision(now - 2 * hour), decision(now - hour / 2)]);
    expect(times(store)).toEqual([now - hour / 2]);
  });

  it("is dropped in steps, of which each is bounded", () => {
    const stateDirectory = fresh();
    {
      using store = open({ stateDirectory });
      store.events.append(many(5_000, decision));
    }
    using store = open({ stateDirectory, decisionsKept: 10 });
    store.events.append([decision(5_000)]);
    expect(store.events.sums().rows).toBe(5_001 - 1_024 - 2);
    const steps: number[] = [];
    for (let dropped = store.events.prune(); dropped > 0; dropped = store.events.prune())
      steps.push(dropped);
    expect(Math.max(...steps)).toBe(1_024);
    expect(times(store)).toEqual([
      4_991, 4_992, 4_993, 4_994, 4_995, 4_996, 4_997, 4_998, 4_999, 5_000,
    ]);
  });

  it("has no more text than it may have, and no less than that by a row", () => {
    using store = open({ eventsSize: 10_000 });
    for (let from = 0; from < 1_000; from += 50)
      store.events.append(many(50, (at) => decision(from + at, "web", "é".repeat(at))));
    const { bytes, rows } = store.events.sums();
    expect(bytes).toBeLessThanOrEqual(10_000);
    const at = 1_000 - rows - 1;
    const dropped = Buffer.byteLength(decision(at, "web", "é".repeat(at % 50)).line);
    expect(bytes + dropped).toBeGreaterThan(10_000);
    expect(times(store)).toEqual(many(rows, decision).map(({ atMs }) => 1_000 - rows + atMs));
  });
});

describe("a flood by one workload", () => {
  it("takes nothing of the others, by size or by number", () => {
    for (const limit of [{ eventsSize: 100_000 }, { decisionsKept: 1_000 }]) {
      using store = open(limit);
      store.events.append(many(200, (at) => decision(at, "quiet")));
      for (let from = 0; from < 10_000; from += 500)
        store.events.append(many(500, (at) => decision(1_000 + from + at, "loud")));
      expect(countOf(store, "quiet")).toBe(200);
      expect(countOf(store, "loud")).toBeGreaterThan(500);
    }
  });

  it("of decisions takes none of the moves of its own loop", () => {
    using store = open({ eventsSize: 50_000 });
    store.events.append(many(20, moved));
    for (let round = 0; round < 20; round++) store.events.append(many(500, decision));
    expect(times(store, { order: "oldest", events: ["pahlevan.loop.transition"] })).toHaveLength(
      20,
    );
  });

  it("by two leaves both as much", () => {
    using store = open({ decisionsKept: 1_000 });
    for (let round = 0; round < 30; round++) {
      store.events.append(many(300, (at) => decision(at, "one")));
      store.events.append(many(100, (at) => decision(at, "other")));
    }
    expect(Math.abs(countOf(store, "one") - countOf(store, "other"))).toBeLessThanOrEqual(300);
    expect(countOf(store, "one") + countOf(store, "other")).toBe(1_000);
  });
});

it("the sums are what is there, whatever was appended and dropped", () => {
  const appends = fc.array(
    fc.array(fc.tuple(fc.nat(200), fc.constantFrom("a", "b", "c"), fc.boolean()), {
      maxLength: 30,
    }),
    { maxLength: 12 },
  );
  const limits = fc.record({ decisionsKept: fc.nat(40), eventsSize: fc.nat(4_000) });
  const property = fc.property(appends, limits, (rounds, limit) => {
    const stateDirectory = fresh();
    using store = open({ stateDirectory, ...limit });
    for (const round of rounds)
      store.events.append(
        round.map(([at, name, isMove]) => (isMove ? moved(at, name) : decision(at, name))),
      );
    const database = new DatabaseSync(storeFile(stateDirectory));
    const asked = (sql: string) => database.prepare(sql).all();
    const sums = asked("SELECT rows, bytes, decisions FROM event_sums");
    expect(sums).toEqual(
      asked(
        "SELECT count(*) AS rows, coalesce(sum(octet_length(line)), 0) AS bytes, " +
          "count(*) FILTER (WHERE event = 'pahlevan.decision') AS decisions " +
          "FROM events JOIN event_heaps ON heap = event_heaps.id",
      ),
    );
    expect(asked("SELECT id, rows, bytes FROM event_heaps ORDER BY id")).toEqual(
      asked(
        "SELECT heap AS id, count(*) AS rows, sum(octet_length(line)) AS bytes " +
          "FROM events GROUP BY heap ORDER BY heap",
      ),
    );
    database.close();
    expect(Number(sums[0]?.["bytes"])).toBeLessThanOrEqual(limit.eventsSize);
    expect(Number(sums[0]?.["decisions"])).toBeLessThanOrEqual(limit.decisionsKept);
  });
  fc.assert(property, { numRuns: 60 });
});

describe("a question", () => {
  const events: NewEvent[] = [
    ...many(1_500, (at) => decision(Math.floor(at / 3), `w${at % 5}`)),
    ...many(30, (at) => moved(at * 10, `w${at % 20}`)),
  ];
  const expected = (question: EventQuestion) => {
    const found = events
      .map((event, at) => ({ ...event, id: at + 1 }))
      .filter(({ atMs, event, line }) => {
        const { sinceMs = 0, untilMs = Infinity, where } = question;
        if (atMs < sinceMs || atMs >= untilMs) return false;
        if (question.events !== undefined && !question.events.includes(event)) return false;
        return where === undefined || fits(where, factIn(line));
      })
      .sort((one, other) => one.atMs - other.atMs || one.id - other.id);
    if (question.order === "newest") found.reverse();
    return found.map(({ id }) => id);
  };
  it("is answered in the order of time, over pages and heaps, with nothing left out", () => {
    using store = open();
    store.events.append(events);
    const wheres = fc.oneof(
      questions,
      fc.constantFrom("workload = w1", "workload in (w0, w2) or exists says", 'namespace ~ "s*"'),
    );
    const question = fc.record(
      {
        order: fc.constantFrom("newest", "oldest"),
        events: fc.subarray(["pahlevan.decision", "pahlevan.loop.transition", "nothing"]),
        sinceMs: fc.integer({ min: -1, max: 510 }),
        untilMs: fc.integer({ min: 0, max: 510 }),
        where: wheres.map(whereOf),
      },
      { requiredKeys: ["order"] },
    );
    const property = fc.property(question, (asked) => {
      const found = [...store.events.read(asked)].map(({ id }) => id);
      expect(found).toEqual(expected(asked));
    });
    fc.assert(property, { numRuns: 150 });
  });

  it("may begin where another one ended", () => {
    using store = open();
    store.events.append(events);
    const found = [...store.events.read({ order: "newest" })];
    const from = found[700];
    const rest = [...store.events.read({ order: "oldest", from })];
    expect(rest.map(({ id }) => id)).toEqual(
      found
        .slice(0, 701)
        .map(({ id }) => id)
        .reverse(),
    );
  });

  it("does not keep others from writing while it is read", () => {
    using store = open({ decisionsKept: 1_600 });
    store.events.append(events);
    const reading = store.events.read({ order: "newest", events: ["pahlevan.decision"] });
    reading.next();
    store.events.append(many(300, (at) => decision(10_000 + at)));
    expect([...reading].map(({ atMs }) => atMs).every((atMs) => atMs < 500)).toBe(true);
  });
});

it("decisions of an older release are events of this one, and keep their numbers", () => {
  const stateDirectory = fresh();
  const database = new DatabaseSync(storeFile(stateDirectory));
  migrate(database, 0, 2);
  database.exec("PRAGMA application_id = 0x50484c56");
  const insert = database.prepare(
    "INSERT INTO decisions (at_ms, namespace, workload, line) VALUES (?, ?, ?, ?)",
  );
  for (let at = 0; at < 10; at++)
    insert.run(at, "host", at % 2 === 0 ? "web" : "db", `{"é":${at}}`);
  database.exec("DELETE FROM decisions WHERE id > 8");
  database.close();
  using store = Store.open({ stateDirectory, decisionsKept: 100 });
  expect(
    [...store.decisions.newest(5)].map(({ id, workload, line }) => [id, workload, line]),
  ).toEqual([
    [8, "db", '{"é":7}'],
    [7, "web", '{"é":6}'],
    [6, "db", '{"é":5}'],
  ]);
  expect(store.events.sums()).toEqual({ rows: 8, bytes: 64, decisions: 8 });
  store.decisions.append([{ atMs: 20, namespace: "host", workload: "web", line: "{}" }]);
  expect([...store.decisions.newest()][0]?.id).toBe(9);
});
