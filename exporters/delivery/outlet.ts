/**
 * One sink's own way out: what waits for it in memory and on disk, one call at a time, the peer's
 * wishes for when, and what became of each record. Nothing here waits for another sink.
 */
import type { Snapshot } from "../metrics/snapshot.ts";
import { lanes, type Outgoing } from "../record.ts";
import { tryAgain, type BatchLimits, type Report, type Sink } from "../sink.ts";
import type { SinkFigures } from "./figures.ts";
import { LaneQueue } from "./lanes.ts";
import { Pace, usualPace, type PaceOptions } from "./pace.ts";
import type { Gone, Spill } from "./spill.ts";
import { byLane, none, Tally } from "./tally.ts";

export interface OutletOptions {
  readonly name: string;
  readonly type: string;
  readonly sink: Sink;
  readonly limits: BatchLimits;
  /** Of what waits in memory. */
  readonly queueBytes: number;
  /** Absent: what memory has no room for is dropped. */
  readonly spill?: Spill;
  readonly complain: (says: string) => void;
  readonly nowMs?: () => number;
  readonly pace?: PaceOptions;
  /** A call that takes longer is given up, whatever the sink does. */
  readonly patienceMs?: number;
}

const usualPatienceMs = 120_000;

export class Outlet {
  readonly #options: OutletOptions;
  readonly #nowMs: () => number;
  readonly #queue = new LaneQueue();
  readonly #tally = new Tally();
  readonly #pace: Pace;
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;
  #sink: Sink;
  #limits: BatchLimits;
  #onItsWay: readonly Outgoing[] = [];
  #metrics: Snapshot | undefined;
  /** When the oldest came that waits for a batch to fill. */
  #sinceMs = 0;
  #wake: (() => void) | undefined;
  /** The peer is: no record changes when it is asked. */
  #isLeftAlone = false;
  #isStopping = false;
  #done = 0;
  #failed = 0;
  #lastSentMs: number | undefined;
  #trouble: string | undefined;

  constructor(options: OutletOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#sink = options.sink;
    this.#limits = options.limits;
    this.#pace = new Pace(options.pace ?? usualPace);
    for (const lane of lanes) this.#tally.accepted[lane] += options.spill?.countOf(lane) ?? 0;
    this.#ending.signal.addEventListener("abort", () => this.#wake?.());
    this.#running = this.#run();
  }

  accept(record: Outgoing): void {
    const { lane } = record;
    this.#tally.accepted[lane]++;
    if (this.#isStopping) return this.#aside(record);
    const { spill, queueBytes } = this.#options;
    // Who comes later does not overtake.
    if (spill?.has(lane)) return this.#aside(record);
    while (!this.#queue.hasRoomFor(record, queueBytes)) {
      const victim = this.#queue.giveWay(lane);
      if (victim === undefined) return this.#aside(record);
      this.#aside(victim);
    }
    if (this.#queue.length === 0) this.#sinceMs = this.#nowMs();
    this.#queue.push(record);
    if (!this.#isLeftAlone && (this.#queue.length === 1 || this.#isReady())) this.#wake?.();
  }

  /** The newest takes the place of one that was not sent yet. */
  offerMetrics(snapshot: Snapshot): void {
    if (this.#sink.sendMetrics === undefined || this.#isStopping) return;
    this.#metrics = snapshot;
    this.#wake?.();
  }

  /** What waits goes to another peer, or to the same by other settings. */
  async exchange(sink: Sink, limits: BatchLimits): Promise<void> {
    const before = this.#sink;
    this.#sink = sink;
    this.#limits = limits;
    this.#pace.succeeded();
    this.#wake?.();
    await before.close();
  }

  /**
   * Sends what it can until then; the rest is on disk for the next start, or counted as dropped.
   */
  async stop(patienceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#wake?.();
    const late = setTimeout(() => this.#ending.abort(), patienceMs);
    await this.#running;
    clearTimeout(late);
    for (const lane of lanes) {
      const left = this.#queue.drain(lane);
      const gone = this.#options.spill?.end(lane, left);
      if (gone === undefined) this.#tally.drop(lane, "ended", left.length);
      else this.#gone(gone);
    }
    await this.#sink.close();
  }

  /** It is in nobody's configuration any more. */
  async remove(): Promise<void> {
    this.#ending.abort();
    await this.stop(0);
    this.#options.spill?.remove();
  }

  figures(): SinkFigures {
    const { name, type, spill } = this.#options;
    const onItsWay = none();
    for (const { lane } of this.#onItsWay) onItsWay[lane]++;
    return {
      name,
      type,
      accepted: { ...this.#tally.accepted },
      sent: { ...this.#tally.sent },
      queued: byLane((lane) => this.#queue.lengthOf(lane) + onItsWay[lane]),
      spilled: byLane((lane) => spill?.countOf(lane) ?? 0),
      spilledBytes: spill?.bytes ?? 0,
      dropped: this.#tally.dropped(),
      attempts: { done: this.#done, failed: this.#failed },
      isResting: this.#pace.isResting,
      lastSentMs: this.#lastSentMs,
      trouble: this.#trouble,
    };
  }

  async #run(): Promise<void> {
    for (;;) {
      await this.#untilReady();
      if (this.#ending.signal.aborted) return;
      this.#refill();
      if (this.#metrics !== undefined) await this.#sendMetrics();
      const { records } = this.#queue.take(this.#limits.records, this.#limits.bytes);
      if (records.length > 0) await this.#send(records);
      else if (this.#isStopping && !this.#hasSpilled()) return;
    }
  }

  /** A full batch, or one that has waited; and nobody asked us to wait. */
  async #untilReady(): Promise<void> {
    for (;;) {
      if (this.#ending.signal.aborted) return;
      const restMs = this.#pace.waitMs(this.#nowMs());
      // Who ends does not wait for who is away.
      if (this.#isStopping && (restMs > 0 || this.#isEmpty())) return this.#ending.abort();
      if (restMs === 0 && this.#isReady()) return;
      this.#isLeftAlone = restMs > 0;
      const waitsMs = restMs > 0 ? restMs : this.#isEmpty() ? undefined : this.#batchWaitMs();
      await this.#sleep(waitsMs);
    }
  }

  #isEmpty(): boolean {
    return this.#queue.length === 0 && !this.#hasSpilled() && this.#metrics === undefined;
  }

  #hasSpilled(): boolean {
    const { spill } = this.#options;
    return spill !== undefined && lanes.some((lane) => spill.has(lane));
  }

  #isReady(): boolean {
    const { records, bytes } = this.#limits;
    if (this.#metrics !== undefined || this.#hasSpilled()) return true;
    if (this.#queue.length === 0) return false;
    if (this.#isStopping || this.#queue.length >= records || this.#queue.bytes >= bytes)
      return true;
    return this.#batchWaitMs() === 0;
  }

  #batchWaitMs(): number {
    const waited = this.#nowMs() - this.#sinceMs;
    // A clock that was put back does not make a batch wait for longer.
    return waited < 0 ? 0 : Math.max(0, this.#limits.waitMs - waited);
  }

  async #sleep(ms: number | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }

  /** A lane that memory has no more of goes on from disk. */
  #refill(): void {
    const { spill } = this.#options;
    if (spill === undefined) return;
    for (const lane of lanes) {
      if (this.#queue.lengthOf(lane) > 0) continue;
      spill.done(lane);
      if (!spill.has(lane)) continue;
      const { records, lost } = spill.load(lane);
      for (const record of records) this.#queue.push(record);
      this.#tally.drop(lane, "unreadable", lost);
      // One file at a time: others of worse lanes have their turn when these are sent.
      if (records.length > 0) return;
    }
  }

  async #sendMetrics(): Promise<void> {
    const snapshot = this.#metrics;
    this.#metrics = undefined;
    if (snapshot === undefined || this.#sink.sendMetrics === undefined) return;
    try {
      await this.#patiently((signal) => this.#sink.sendMetrics?.(snapshot, signal));
      this.#succeeded();
    } catch (error) {
      this.#failedBy(reasonOf(error));
    }
  }

  async #send(batch: readonly Outgoing[]): Promise<void> {
    this.#onItsWay = batch;
    const report = await this.#reportOn(batch);
    this.#onItsWay = [];
    const { again, sent, refused } = truthOf(report, batch);
    const isAgain = new Set(again);
    this.#tally.settle(
      batch.filter((record) => !isAgain.has(record)),
      sent,
      refused,
    );
    if (sent > 0) this.#lastSentMs = this.#nowMs();
    if (again.length > 0) {
      this.#queue.putBack(again);
      // A peer that takes some is not away.
      if (sent > 0) this.#pace.succeeded();
      return this.#failedBy(report.why ?? "it did not take all", report.afterMs);
    }
    this.#succeeded();
    const [reason] = Object.keys(refused);
    if (reason !== undefined)
      this.#complainOnce(`refuses records (${reason}): ${report.why ?? ""}`);
    if (this.#queue.length > 0) this.#sinceMs = this.#nowMs();
  }

  async #reportOn(batch: readonly Outgoing[]): Promise<Report> {
    try {
      return await this.#patiently((signal) => this.#sink.send(batch, signal));
    } catch (error) {
      return tryAgain(batch, reasonOf(error));
    }
  }

  /** A sink that does not come back, though it was told to end, is not waited for. */
  async #patiently<T>(act: (signal: AbortSignal) => Promise<T> | T): Promise<T> {
    const { patienceMs = usualPatienceMs } = this.#options;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new Error(`it did not come back within ${patienceMs / 1_000} s`)),
      patienceMs,
    );
    const onEnd = () => reject(new Error("the agent ends"));
    const { signal } = this.#ending;
    signal.addEventListener("abort", onEnd, { once: true });
    const given = new AbortController();
    try {
      return await Promise.race([act(given.signal), late]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onEnd);
      given.abort();
    }
  }

  #succeeded(): void {
    this.#done++;
    this.#pace.succeeded();
    if (this.#trouble !== undefined) this.#options.complain("takes records again");
    this.#trouble = undefined;
  }

  #failedBy(why: string, afterMs?: number): void {
    this.#failed++;
    this.#pace.failed(this.#nowMs(), afterMs);
    this.#complainOnce(why);
    this.#trouble = why;
  }

  /** The same is said once, until it is over. */
  #complainOnce(why: string): void {
    if (this.#trouble === undefined) this.#options.complain(why);
  }

  #aside(record: Outgoing): void {
    const { spill } = this.#options;
    if (spill === undefined) this.#tally.drop(record.lane, "queue_full");
    else this.#gone(spill.put(record));
  }

  #gone(gone: readonly Gone[]): void {
    for (const { lane, records } of gone) this.#tally.drop(lane, "spill_full", records);
  }
}

/**
 * A sink that lies does not make records vanish from the sum: what it forgot is counted as lost.
 */
function truthOf(report: Report, batch: readonly Outgoing[]) {
  const known = new Set(batch);
  const again = report.again.filter((record) => known.delete(record));
  const rest = batch.length - again.length;
  const refused: Record<string, number> = {};
  let left = rest;
  for (const [reason, count] of Object.entries(report.refused)) {
    refused[reason] = Math.min(Math.max(0, Math.trunc(count) || 0), left);
    left -= refused[reason];
  }
  const sent = Math.min(Math.max(0, Math.trunc(report.sent) || 0), left);
  left -= sent;
  if (left > 0) refused["unaccounted"] = (refused["unaccounted"] ?? 0) + left;
  return { again, sent, refused };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node's message of a refused connection to a name with two addresses is empty.
  const causes = error instanceof AggregateError ? error.errors.map(reasonOf).join("; ") : "";
  return error.message || causes || error.name;
}
