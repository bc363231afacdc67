import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { examples } from "../examples.ts";
import { lanes, Outgoing, type Line } from "../record.ts";
import { sent, tryAgain, type BatchLimits, type Report, type Sink } from "../sink.ts";
import type { SinkFigures } from "./figures.ts";
import { Outlet, type OutletOptions } from "./outlet.ts";
import { Spill } from "./spill.ts";

const [decision, firstSight] = examples("2026-11-22T10:00:00.000000001Z");
if (decision === undefined || firstSight === undefined) throw new Error("no examples");

function record(of: Line, id: string): Outgoing {
  return Outgoing.of({ ...of, id });
}

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "pahlevan-outlet-"));
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const each of folders.splice(0)) rmSync(each, { recursive: true });
});

class FakeSink implements Sink {
  readonly got: string[] = [];
  calls = 0;
  answer: (batch: readonly Outgoing[], call: number) => Promise<Report> | Report = sent;

  async send(batch: readonly Outgoing[]): Promise<Report> {
    const report = await this.answer(batch, this.calls++);
    const again = new Set(report.again);
    for (const each of batch) if (!again.has(each)) this.got.push(each.line.id);
    return report;
  }

  check = async () => "there";
  close = async () => {};
}

const small: BatchLimits = { records: 10, bytes: 1 << 20, waitMs: 0 };

function outlet(sink: Sink, more: Partial<OutletOptions> = {}): Outlet {
  return new Outlet({
    name: "one",
    type: "fake",
    sink,
    limits: small,
    queueBytes: 1 << 20,
    complain: () => {},
    pace: { firstMs: 1, mostMs: 2, restAfter: 3, random: () => 0 },
    ...more,
  });
}

function sums({ accepted, sent: gone, queued, spilled, dropped }: SinkFigures) {
  return lanes.map((lane) => {
    const lost = dropped.filter((each) => each.lane === lane);
    const lostCount = lost.reduce((sum, { count }) => sum + count, 0);
    return [accepted[lane], gone[lane] + queued[lane] + spilled[lane] + lostCount];
  });
}

function expectSums(figures: SinkFigures) {
  for (const [accepted, found] of sums(figures)) expect(found).toBe(accepted);
}

describe("a way out", () => {
  test("sends what is there in its order, decisions before first sights", async () => {
    const sink = new FakeSink();
    const gate = Promise.withResolvers<void>();
    sink.answer = async (batch) => (await gate.promise, sent(batch));
    const out = outlet(sink);
    out.accept(record(firstSight, "first"));
    await expect.poll(() => sink.calls).toBe(1);
    out.accept(record(firstSight, "b1"));
    out.accept(record(decision, "d1"));
    out.accept(record(decision, "d2"));
    gate.resolve();
    await expect.poll(() => sink.got).toEqual(["first", "d1", "d2", "b1"]);
    await out.stop(1_000);
    expectSums(out.figures());
  });

  test("tries again what the peer did not take, and nothing twice that it took", async () => {
    const sink = new FakeSink();
    sink.answer = (batch, call) =>
      call < 4 ? { ...tryAgain(batch.slice(1), "busy"), sent: 1 } : sent(batch);
    const out = outlet(sink);
    const ids = Array.from({ length: 8 }, (_, n) => `d${n}`);
    for (const id of ids) out.accept(record(decision, id));
    await expect.poll(() => sink.got).toEqual(ids);
    await out.stop(1_000);
    expect(out.figures()).toMatchObject({ sent: { decision: 8 }, trouble: undefined });
  });

  test("waits for as long as the peer asks, and no longer", async () => {
    const sink = new FakeSink();
    let nowMs = 1_000_000;
    sink.answer = (batch, call) => (call === 0 ? tryAgain(batch, "slow down", 5_000) : sent(batch));
    const out = outlet(sink, { nowMs: () => nowMs });
    out.accept(record(decision, "d1"));
    await expect.poll(() => out.figures().attempts.failed).toBe(1);
    nowMs += 4_999;
    out.offerMetrics({ atMs: 0, sinceMs: 0, metrics: [] });
    expect(sink.calls).toBe(1);
    nowMs += 1;
    await out.exchange(sink, small);
    await expect.poll(() => sink.got).toEqual(["d1"]);
    await out.stop(1_000);
  });

  test("rests after failures in a row, and says so", async () => {
    const sink = new FakeSink();
    const said: string[] = [];
    let isAway = true;
    sink.answer = (batch) => (isAway ? tryAgain(batch, "it answers 503") : sent(batch));
    const out = outlet(sink, { complain: (says) => said.push(says) });
    out.accept(record(decision, "d1"));
    await expect.poll(() => out.figures().isResting).toBe(true);
    isAway = false;
    await expect.poll(() => sink.got).toEqual(["d1"]);
    await expect.poll(() => said).toEqual(["it answers 503", "takes records again"]);
    expect(out.figures().isResting).toBe(false);
    await out.stop(1_000);
  });

  test("a peer that takes some each time is not away", async () => {
    const sink = new FakeSink();
    sink.answer = (batch) => ({ ...tryAgain(batch.slice(1), "busy"), sent: 1 });
    const out = outlet(sink);
    for (let n = 0; n < 8; n++) out.accept(record(decision, `d${n}`));
    await expect.poll(() => sink.got.length).toBeGreaterThan(6);
    expect(out.figures().isResting).toBe(false);
    await out.stop(1_000);
  });

  test("a sink that never comes back is given up, and its batch tried again", async () => {
    const sink = new FakeSink();
    sink.answer = (batch, call) => (call === 0 ? new Promise(() => {}) : sent(batch));
    const out = outlet(sink, { patienceMs: 5 });
    out.accept(record(decision, "d1"));
    await expect.poll(() => sink.got).toEqual(["d1"]);
    await out.stop(1_000);
    expectSums(out.figures());
  });

  test("a sink that lies about its batch makes nothing vanish from the sum", async () => {
    const sink = new FakeSink();
    const lies: Report[] = [
      { sent: 99, again: [], refused: { a: -3, b: Number.NaN } },
      { sent: 0, again: [record(decision, "not ours")], refused: {} },
      { sent: 1, again: [], refused: { bad: 1 } },
    ];
    sink.answer = (batch, call) => lies[call] ?? sent(batch);
    const out = outlet(sink, { limits: { ...small, records: 4 } });
    for (let n = 0; n < 12; n++) out.accept(record(decision, `d${n}`));
    await expect.poll(() => sink.calls).toBe(3);
    await out.stop(1_000);
    const figures = out.figures();
    expectSums(figures);
    expect(figures.sent.decision).toBe(5);
    expect(figures.dropped).toEqual([
      { lane: "decision", reason: "unaccounted", count: 6 },
      { lane: "decision", reason: "bad", count: 1 },
    ]);
  });

  test("where memory is full, first sights give way to decisions", async () => {
    const sink = new FakeSink();
    sink.answer = (batch) => tryAgain(batch, "away");
    const one = record(decision, "d000").sizeBytes + 128;
    const out = outlet(sink, { queueBytes: 10 * one, limits: { ...small, records: 1 } });
    for (let n = 0; n < 50; n++) out.accept(record(firstSight, `b${n}`));
    for (let n = 0; n < 9; n++) out.accept(record(decision, `d00${n}`));
    const { queued, dropped } = out.figures();
    expect(queued.decision).toBe(9);
    expect(dropped.map(({ lane, reason }) => [lane, reason])).toEqual([
      ["behaviour", "queue_full"],
    ]);
    await out.stop(0);
    expectSums(out.figures());
  });

  test("what memory has no room for is sent from disk, in its order, and the disk is empty", async () => {
    const sink = new FakeSink();
    let isAway = true;
    sink.answer = (batch) => (isAway ? tryAgain(batch, "away") : sent(batch));
    const at = folder();
    const out = outlet(sink, {
      queueBytes: 20_000,
      spill: new Spill(at, 64 << 20),
      limits: { ...small, records: 500 },
    });
    const ids = Array.from({ length: 5_000 }, (_, n) => `d${n}`);
    for (const id of ids) out.accept(record(decision, id));
    expect(out.figures().spilled.decision).toBeGreaterThan(4_000);
    expect(readdirSync(at).length).toBeGreaterThan(1);
    expectSums(out.figures());
    isAway = false;
    await expect.poll(() => sink.got.length).toBe(5_000);
    expect(sink.got).toEqual(ids);
    await out.stop(1_000);
    expect(readdirSync(at)).toEqual([]);
    expect(out.figures().dropped).toEqual([]);
  });

  test("what is left at the end is sent by the next run, before what comes then", async () => {
    const at = folder();
    const away = new FakeSink();
    away.answer = (batch) => tryAgain(batch, "away");
    const first = outlet(away, { queueBytes: 20_000, spill: new Spill(at, 64 << 20) });
    const ids = Array.from({ length: 3_000 }, (_, n) => `d${n}`);
    for (const id of ids) first.accept(record(decision, id));
    await first.stop(10);
    expectSums(first.figures());
    expect(first.figures().dropped).toEqual([]);

    const sink = new FakeSink();
    const second = outlet(sink, { spill: new Spill(at, 64 << 20) });
    expect(second.figures().accepted.decision).toBe(3_000);
    second.accept(record(decision, "new"));
    await expect.poll(() => sink.got.length).toBe(3_001);
    expect(sink.got).toEqual([...ids, "new"]);
    await second.stop(1_000);
    expect(readdirSync(at)).toEqual([]);
  });

  test("the disk's share is kept: first sights go first, then the newest", async () => {
    const away = new FakeSink();
    away.answer = (batch) => tryAgain(batch, "away");
    const at = folder();
    const out = outlet(away, { queueBytes: 4_000, spill: new Spill(at, 300_000) });
    for (let n = 0; n < 20_000; n++) out.accept(record(firstSight, `b${n}-${Math.random()}`));
    for (let n = 0; n < 40_000; n++) out.accept(record(decision, `d${n}-${Math.random()}`));
    const figures = out.figures();
    expect(figures.spilledBytes).toBeLessThanOrEqual(300_000);
    expect(figures.dropped.map(({ lane }) => lane)).toEqual(["behaviour", "decision"]);
    expectSums(figures);
    await out.stop(0);
    expectSums(out.figures());
  });

  test("a damaged file on disk is counted, and the rest is sent", async () => {
    const at = folder();
    const away = new FakeSink();
    away.answer = (batch) => tryAgain(batch, "away");
    const first = outlet(away, { queueBytes: 4_000, spill: new Spill(at, 64 << 20) });
    for (let n = 0; n < 3_000; n++) first.accept(record(decision, `d${n}`));
    await first.stop(0);
    const [victim = ""] = readdirSync(at);
    const lost = Number(/-(\d+)\.zst$/.exec(victim)?.[1]);
    writeFileSync(join(at, victim), zstdCompressSync("nothing of the kind\n"));

    const sink = new FakeSink();
    const second = outlet(sink, { spill: new Spill(at, 64 << 20) });
    await expect.poll(() => sink.got.length).toBe(3_000 - lost);
    await second.stop(1_000);
    expectSums(second.figures());
    expect(second.figures().dropped).toEqual([
      { lane: "decision", reason: "unreadable", count: lost },
    ]);
  });

  test("whatever sinks answer, everything accepted is sent, waits or is counted as dropped", async () => {
    const act = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constant("accept" as const), lane: fc.boolean() }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("turn" as const), lane: fc.boolean() }) },
    );
    const answers = fc.array(fc.constantFrom("sent", "again", "half", "refuse", "throw"), {
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { maxLength: 200 }),
        answers,
        fc.boolean(),
        async (acts, said, disk) => {
          const sink = new FakeSink();
          sink.answer = (batch, call) => {
            const half = batch.slice(Math.ceil(batch.length / 2));
            switch (said[call % said.length]) {
              case "sent":
                return sent(batch);
              case "half":
                return { sent: batch.length - half.length, again: half, refused: {} };
              case "refuse":
                return { sent: 0, again: [], refused: { bad: batch.length } };
              case "throw":
                throw new Error("no");
              default:
                return tryAgain(batch, "no");
            }
          };
          const at = folder();
          const out = outlet(sink, {
            queueBytes: 6_000,
            ...(disk && { spill: new Spill(at, 100_000) }),
          });
          let n = 0;
          for (const { do: what, lane } of acts) {
            if (what === "accept") out.accept(record(lane ? decision : firstSight, `r${n++}`));
            else await new Promise((go) => setImmediate(go));
            expectSums(out.figures());
          }
          await out.stop(0);
          const figures = out.figures();
          expectSums(figures);
          expect(figures.queued).toEqual({ decision: 0, transition: 0, anomaly: 0, behaviour: 0 });
        },
      ),
      { numRuns: 60 },
    );
  });
});
