/**
 * Where whoever senses puts what is to leave: it takes microseconds and never waits. Behind it is
 * the thread of the sinks; what that one has not taken yet is bounded.
 */
import { Worker } from "node:worker_threads";
import type { SinkFigures } from "../delivery/figures.ts";
import { byLane, none, type ByLane } from "../delivery/tally.ts";
import type { Snapshot } from "../metrics/snapshot.ts";
import { lanes, type Lane, type Sort } from "../record.ts";
import type { Written } from "./configured.ts";
import type { Order, Said, ThreadData } from "./messages.ts";

export interface OutboxOptions {
  /** Where what waits is kept over restarts; absent: nowhere. */
  readonly folder?: string;
  readonly host: string;
  readonly cluster: string;
  readonly version: string;
  readonly complain: (says: string) => void;
}

export interface Answer {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly names: readonly string[];
}

/** What the thread has not taken: of it first sights may take half, and decisions all. */
const mostBytes = 32 << 20;
const share: Readonly<Record<Lane, number>> = {
  decision: 1,
  transition: 1,
  anomaly: 0.75,
  behaviour: 0.5,
};
/** A message to another thread costs some 20 µs, whatever is in it. */
const flushMs = 50;
const flushBytes = 256 << 10;
const beginAgainMs = 5_000;

export class Outbox {
  #worker: Worker;
  readonly #options: OutboxOptions;
  readonly #answers = new Map<number, (answer: Answer) => void>();
  readonly #dropped: ByLane = none();
  #lines: string[] = [];
  #lineBytes = 0;
  #underWay = 0;
  #timer: NodeJS.Timeout | undefined;
  #asked = 0;
  #sorts = new Set<Sort>();
  #wishesMetrics = false;
  #figures: readonly SinkFigures[] = [];
  #written: readonly Written[] = [];
  /** The thread has ended without being asked to. */
  #isGone = false;
  #isStopping = false;
  #stopped: Promise<void> | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#worker = this.#begun();
  }

  /** These are all sinks, beside those of the environment. With a mistake all stays as it was. */
  async configure(written: readonly Written[]): Promise<Answer> {
    this.#written = written;
    const number = ++this.#asked;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#answers.set(number, resolve);
    this.flush();
    this.#order({ do: "configure", number, written });
    // Somebody waits for the answer; for what is sent nobody does.
    this.#worker.ref();
    const answer = await promise;
    if (this.#answers.size === 0 && !this.#isStopping) this.#worker.unref();
    return answer;
  }

  /** Whoever will be is configured by now: what an earlier run left of others is removed. */
  clean(): void {
    this.#order({ do: "clean" });
  }

  /** Whether anybody is sent such records: else nobody needs to write them. */
  wants(sort: Sort): boolean {
    return this.#sorts.has(sort);
  }

  get wantsMetrics(): boolean {
    return this.#wishesMetrics;
  }

  /** A record as one line of JSON, with its id. */
  put(lane: Lane, line: string): void {
    if (this.#isGone || this.#underWay + this.#lineBytes + line.length > mostBytes * share[lane]) {
      this.#dropped[lane]++;
      return;
    }
    this.#lines.push(line);
    this.#lineBytes += line.length;
    if (this.#lineBytes >= flushBytes) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), flushMs).unref();
  }

  offerMetrics(snapshot: Snapshot): void {
    this.#order({ do: "metrics", snapshot });
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length === 0) return;
    const [lines, bytes] = [this.#lines.join("\n"), this.#lineBytes];
    this.#lines = [];
    this.#lineBytes = 0;
    this.#underWay += bytes;
    this.#order({ do: "send", lines, bytes });
  }

  /** As the thread told a second ago at most. */
  figures(): readonly SinkFigures[] {
    return this.#figures;
  }

  /** Records that no sink was ever given, as one that has dropped them; none, nobody. */
  lost(): readonly SinkFigures[] {
    const dropped = lanes.flatMap((lane) => {
      const count = this.#dropped[lane];
      return count === 0 ? [] : [{ lane, reason: "thread_behind", count }];
    });
    if (dropped.length === 0) return [];
    return [
      {
        name: "all",
        type: "outbox",
        accepted: byLane((lane) => this.#dropped[lane]),
        sent: none(),
        queued: none(),
        spilled: none(),
        spilledBytes: 0,
        dropped,
        attempts: { done: 0, failed: 0 },
        isResting: false,
        lastSentMs: undefined,
        trouble: undefined,
      },
    ];
  }

  /** What can be sent until then is; the rest waits on disk for the next start. */
  stop(patienceMs: number): Promise<void> {
    return (this.#stopped ??= this.#stop(patienceMs));
  }

  async #stop(patienceMs: number): Promise<void> {
    this.flush();
    this.#isStopping = true;
    if (this.#isGone) return;
    const worker = this.#worker;
    const ended = new Promise<void>((done) => worker.once("exit", () => done()));
    worker.ref();
    this.#order({ do: "stop", patienceMs });
    const late = setTimeout(() => void worker.terminate(), patienceMs + 5_000);
    await ended;
    clearTimeout(late);
  }

  #begun(): Worker {
    const { folder, host, cluster, version } = this.#options;
    const workerData: ThreadData = { folder, host, cluster, version };
    const worker = new Worker(new URL("thread.ts", import.meta.url), {
      name: "pahlevan-exporters",
      workerData,
      // What waits is bounded by settings; the old generation's is for a mistake of ours, or of a
      // client's. The young one is as small as the agent's own: 5 MB less at 1 100 records/s.
      resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 3 },
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    worker.on("message", (said: Said) => this.#heard(said));
    worker.on("error", (error) => this.#gone(String(error)));
    worker.unref();
    return worker;
  }

  #order(order: Order): void {
    if (!this.#isGone) this.#worker.postMessage(order);
  }

  #heard(said: Said): void {
    switch (said.say) {
      case "configured": {
        this.#sorts = new Set(said.sorts);
        this.#wishesMetrics = said.metrics;
        this.#answers.get(said.number)?.(said);
        this.#answers.delete(said.number);
        return;
      }
      case "took":
        this.#underWay -= said.bytes;
        return;
      case "figures":
      case "stopped":
        this.#figures = said.figures;
        return;
      case "trouble":
        this.#options.complain(`exporter ${said.name}: ${said.says}`);
    }
  }

  /** What waited on disk is sent by the next thread; what was in its memory is lost. */
  #gone(why: string): void {
    if (this.#isStopping) return;
    this.#isGone = true;
    this.#underWay = 0;
    this.#options.complain(`exporters have failed, and begin anew: ${why}`);
    for (const answer of this.#answers.values())
      answer({ errors: [`exporters have failed: ${why}`], warnings: [], names: [] });
    this.#answers.clear();
    setTimeout(() => {
      if (this.#isStopping) return;
      this.#worker = this.#begun();
      this.#isGone = false;
      void this.configure(this.#written);
    }, beginAgainMs).unref();
  }
}
