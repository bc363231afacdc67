/** What the durable inbox makes of deliveries: the same, in whatever order and however often. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Heartbeat } from "@pahlevan/core/loop/signal.ts";
import type { Told } from "@pahlevan/signals/inbox.ts";
import fc from "fast-check";
import { afterAll, describe, expect, it, vi } from "vitest";
import { storeFile } from "./open.ts";
import { Store } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-signals-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fresh = () => mkdtempSync(join(folder, "state-"));
const open = (signalsKept = 1_000, stateDirectory = fresh()) =>
  Store.open({ stateDirectory, decisionsKept: 1, signalsKept });

const firing = (startsAtMs: number, fingerprint = "f1"): Told => ({
  kind: "rollback",
  source: "alertmanager",
  fingerprint,
  startsAtMs,
  status: "firing",
  target: { namespace: "shop", policy: "web" },
  by: "ErrorsHigh",
  says: "half of all requests fail",
});
const resolved = (startsAtMs: number, endsAtMs?: number, fingerprint = "f1"): Told => ({
  ...firing(startsAtMs, fingerprint),
  status: "resolved",
  ...(endsAtMs !== undefined && { endsAtMs }),
});
const day = 86_400_000;

const take = (store: Store, signals: readonly Told[], nowMs = 1) =>
  store.signals.accept({ signals, heartbeats: [] }, nowMs);

function rows(store: Store): string[] {
  return store.signals
    .changedSince(0)
    .map(({ signal }) => `${signal.fingerprint} ${signal.startsAtMs} ${signal.status}`)
    .sort();
}

/** Where the loop would be that has read all. */
function readAll(store: Store): void {
  const last = store.signals.changedSince(store.signals.taken).at(-1);
  if (last !== undefined) store.loops.save({ changed: [], takenUpTo: last.changed });
}

describe("deliveries", () => {
  it("make one row an occurrence, and what is sent again changes nothing", async () => {
    using store = open();
    expect(await take(store, [firing(1), firing(2)])).toEqual({ changed: 2, known: 0 });
    expect(await take(store, [firing(2), firing(1)])).toEqual({ changed: 0, known: 2 });
    const [first, second] = store.signals.changedSince(0);
    expect(first?.signal).toEqual(firing(1));
    expect(store.signals.changedSince(first?.changed ?? 0)).toEqual([second]);
  });

  it("of which one says that it is over are over, also when that one came first", async () => {
    using store = open();
    await take(store, [resolved(1)]);
    expect(await take(store, [firing(1)])).toEqual({ changed: 0, known: 1 });
    expect(rows(store)).toEqual(["f1 1 resolved"]);
    expect(store.signals.firing()).toEqual([]);
  });

  it("end what began before, although its own end was never told", async () => {
    using store = open();
    await take(store, [firing(15)]);
    await take(store, [firing(5)]);
    await take(store, [resolved(5, 20)]);
    await take(store, [firing(30), firing(12)]);
    expect(rows(store)).toEqual([
      "f1 12 resolved",
      "f1 15 resolved",
      "f1 30 firing",
      "f1 5 resolved",
    ]);
  });

  it("that say it ended earlier than another did leave the later end", async () => {
    using store = open();
    await take(store, [resolved(1, 5)]);
    await take(store, [resolved(1, 2)]);
    await take(store, [firing(3)]);
    expect(rows(store)).toEqual(["f1 1 resolved", "f1 3 resolved"]);
  });

  it("in any order, and any of them any number of times, lead to the same rows", async () => {
    const instant = fc.integer({ min: 1, max: 6 });
    const fingerprint = fc.constantFrom("f1", "f2");
    const told = fc.oneof(
      fc.tuple(instant, fingerprint).map(([at, of]) => firing(at, of)),
      fc
        .tuple(instant, fc.integer({ min: 0, max: 4 }), fingerprint)
        .map(([at, lasts, of]) => resolved(at, at + lasts, of)),
    );
    const deliveries = fc.array(told, { minLength: 1, maxLength: 12 });
    const picks = fc.array(fc.nat(), { minLength: 40, maxLength: 40 });
    const property = fc.asyncProperty(deliveries, picks, async (all, any) => {
      using straight = open();
      for (const each of all) await take(straight, [each]);
      using shuffled = open();
      const again = all.filter((_, at) => (any[at] ?? 0) % 2 === 0);
      const order = [...all, ...again]
        .map((each, at) => ({ each, at: any[at + 12] ?? 0 }))
        .sort((a, b) => a.at - b.at);
      // Some of them together, as requests that share a writing.
      const writings: Promise<unknown>[] = [];
      for (const { each, at } of order) {
        writings.push(take(shuffled, [each]));
        if (at % 3 === 0) await Promise.all(writings);
      }
      await Promise.all(writings);
      expect(rows(shuffled)).toEqual(rows(straight));
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it("that change a status are there to be read anew, as they are now", async () => {
    using store = open();
    await take(store, [firing(1), firing(2)]);
    readAll(store);
    await take(store, [resolved(1)], 7);
    const news = store.signals.changedSince(store.signals.taken);
    expect(news.map(({ signal, changedMs }) => [signal.status, changedMs])).toEqual([
      ["resolved", 7],
    ]);
  });
});

it("messages that come together share one writing, and each hears of its own", async () => {
  using store = open();
  let told = 0;
  const stop = store.signals.listen(() => (told += 1));
  const answers = await Promise.all([
    take(store, [firing(1)]),
    take(store, [firing(1), firing(2)]),
    take(store, []),
  ]);
  expect(answers).toEqual([
    { changed: 1, known: 0 },
    { changed: 1, known: 1 },
    { changed: 0, known: 0 },
  ]);
  expect(told).toBe(1);
  await take(store, [firing(1)]);
  stop();
  await take(store, [firing(3)]);
  expect(told).toBe(1);
});

it("what was accepted is there when the store is opened again", async () => {
  const directory = fresh();
  {
    using store = open(10, directory);
    await take(store, [firing(1)]);
    store.loops.save({
      changed: [{ namespace: "shop", policy: "web", workload: "w", state: "{}", savedMs: 3 }],
      takenUpTo: 1,
    });
  }
  using again = open(10, directory);
  expect(again.signals.firing().map(({ signal }) => signal)).toEqual([firing(1)]);
  expect(again.signals.taken).toBe(1);
  expect(again.loops.all()).toEqual([
    { namespace: "shop", policy: "web", workload: "w", state: "{}", savedMs: 3 },
  ]);
});

it("a writing waits for the disk, and other ones are as fast as before", async () => {
  using store = open();
  const seen: unknown[] = [];
  const exec = vi.spyOn(DatabaseSync.prototype, "exec");
  exec.mockImplementation(function (this: DatabaseSync, sql: string) {
    if (sql === "COMMIT") seen.push(this.prepare("PRAGMA synchronous").get()?.["synchronous"]);
    this.prepare(sql).run();
  });
  await take(store, [firing(1)]);
  store.policies.replace([]);
  exec.mockRestore();
  const full = 2;
  const normal = 1;
  expect(seen).toEqual([full, normal]);
});

describe("the loop's mark", () => {
  const web = { namespace: "shop", policy: "web", workload: "w" };
  const at = (state: string) => ({ ...web, state, savedMs: 1 });

  it("is saved with the loop's states, or neither is", async () => {
    using store = open();
    await take(store, [firing(1), firing(2)]);
    store.loops.save({ changed: [at("one")], takenUpTo: 1 });
    for (const wrong of [0, 3]) {
      const step = { changed: [at("two")], takenUpTo: wrong };
      expect(() => store.loops.save(step)).toThrow(`up to ${wrong}`);
    }
    expect(store.loops.all()).toEqual([at("one")]);
    expect(store.signals.taken).toBe(1);
  });

  it("stays where it is when a loop is forgotten", async () => {
    using store = open();
    store.loops.save({ changed: [at("one")], takenUpTo: 0 });
    store.loops.save({ changed: [], gone: [web], takenUpTo: 0 });
    expect(store.loops.all()).toEqual([]);
  });
});

describe("room", () => {
  it("is made by what is over and taken, the oldest of it", async () => {
    using store = open(3);
    await take(store, [resolved(1), resolved(2), firing(3)]);
    readAll(store);
    expect(await take(store, [firing(4)])).toEqual({ changed: 1, known: 0 });
    expect(rows(store)).toEqual(["f1 2 resolved", "f1 3 firing", "f1 4 firing"]);
  });

  it("is never made by what the loop has not taken, nor by what is firing", async () => {
    using store = open(2);
    await take(store, [resolved(1), firing(2)]);
    expect(await take(store, [firing(3)])).toEqual({ full: true });
    // What is known needs none.
    expect(await take(store, [firing(2), resolved(2)])).toMatchObject({ changed: 1 });
    readAll(store);
    expect(await take(store, [firing(3), firing(4), firing(5)])).toEqual({ full: true });
    expect(rows(store)).toEqual(["f1 1 resolved", "f1 2 resolved"]);
    expect(await take(store, [firing(3), firing(4), firing(4)])).toMatchObject({ changed: 2 });
  });

  it("is made by no more than what the loop has taken", async () => {
    using store = open(2);
    await take(store, [resolved(1)]);
    readAll(store);
    await take(store, [resolved(2)]);
    expect(await take(store, [firing(3)])).toEqual({ changed: 1, known: 0 });
    expect(await take(store, [firing(4)])).toEqual({ full: true });
    expect(rows(store)).toEqual(["f1 2 resolved", "f1 3 firing"]);
  });

  it("is made by age, before anybody needs it", async () => {
    using store = open();
    await take(store, [resolved(1), firing(2)], 1);
    readAll(store);
    await take(store, [firing(3)], 8 * day);
    expect(rows(store)).toEqual(["f1 2 firing", "f1 3 firing"]);
  });
});

it("a signal that is damaged is said to be", async () => {
  const directory = fresh();
  using store = open(10, directory);
  await take(store, [firing(1)]);
  const database = new DatabaseSync(storeFile(directory));
  database.exec(`UPDATE signals SET said = '{"kind":"dance"}'`);
  database.close();
  expect(() => store.signals.changedSince(0)).toThrow("a stored signal cannot be used");
});

it("who waits when the store is closed hears that nothing was written", async () => {
  const store = open();
  const waiting = take(store, [firing(1)]);
  store.close();
  await expect(waiting).rejects.toThrow("the store is closed");
});

describe("heartbeats", () => {
  const beat = (startsAtMs: number, status: Heartbeat["status"] = "firing"): Heartbeat => ({
    kind: "heartbeat",
    source: "alertmanager",
    status,
    startsAtMs,
  });
  const hear = (store: Store, heartbeat: Heartbeat, nowMs: number) =>
    store.signals.accept({ signals: [], heartbeats: [heartbeat] }, nowMs);
  const heard = (store: Store) =>
    store.signals.heartbeats().map(({ status, heardMs }) => [status, heardMs]);

  it("are remembered by when they were last heard", async () => {
    using store = open();
    await hear(store, beat(5), 10);
    await hear(store, beat(5), 20);
    expect(heard(store)).toEqual([["firing", 20]]);
  });

  it("end with a resolution of theirs, not with one of those before them", async () => {
    using store = open();
    await hear(store, beat(5), 10);
    await hear(store, beat(4, "resolved"), 11);
    expect(heard(store)).toEqual([["firing", 10]]);
    await hear(store, beat(5, "resolved"), 12);
    expect(heard(store)).toEqual([["resolved", 12]]);
    await hear(store, beat(5), 30);
    expect(heard(store)).toEqual([["firing", 30]]);
  });
});
