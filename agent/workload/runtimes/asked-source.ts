/**
 * One source and how it is asked: again until it knows, few times at once, and not for a while
 * after it hung.
 */
import type { Clock } from "../clock.ts";
import { asSourceFailure } from "./source.ts";
import type { ContainerFacts, ContainerQuestion, FailureReason, MetadataSource } from "./source.ts";

export interface SourceStats {
  /** Questions that it could answer. */
  answered: number;
  /** Times that it answered and did not know the container. */
  unknown: number;
  /** Questions not put to it, because it hung shortly before. */
  rested: number;
  /** Questions that waited in line for it until their bound. */
  crowded: number;
  readonly failed: Record<FailureReason, number>;
}

export interface AskedSourceOptions {
  readonly clock: Clock;
  readonly restMs: number;
  /** Most calls under way at once. */
  readonly concurrency: number;
}

/** How a question ended: `bound`: its time was over · `known`: another source knew. */
export type Ending = "bound" | "known";

/**
 * A cgroup exists before its runtime has written down whose it is; the second try mostly finds it.
 */
const retryDelaysMs = [25, 75, 150, 300, 600, 1200];

export class AskedSource {
  readonly source: MetadataSource;
  readonly stats: SourceStats = {
    answered: 0,
    unknown: 0,
    rested: 0,
    crowded: 0,
    failed: { absent: 0, refused: 0, denied: 0, timeout: 0, protocol: 0 },
  };
  readonly #options: AskedSourceOptions;
  readonly #line: (() => void)[] = [];
  #underWay = 0;
  #restUntil = Number.NEGATIVE_INFINITY;

  constructor(source: MetadataSource, options: AskedSourceOptions) {
    this.source = source;
    this.#options = options;
  }

  /** Never rejects; ends with the signal, whose reason is an `Ending`, at the latest. */
  async ask(question: ContainerQuestion, signal: AbortSignal): Promise<ContainerFacts | undefined> {
    for (const delayMs of retryDelaysMs) {
      if (this.#rests()) return undefined;
      // A place is held for the call only: containers that nobody knows do not keep others waiting.
      if (!(await this.#place(signal))) return undefined;
      const answer = await this.#call(question, signal);
      this.#leave();
      if (answer !== "unknown") return answer;
      await this.#pause(delayMs, signal);
      if (signal.aborted) return undefined;
    }
    return undefined;
  }

  async #call(
    question: ContainerQuestion,
    signal: AbortSignal,
  ): Promise<ContainerFacts | "unknown" | undefined> {
    try {
      // A source that ignores its signal must not hold anybody either.
      const ended = aborted(signal).then(() => "ended" as const);
      const facts = await Promise.race([this.source.find(question, signal), ended]);
      if (facts === "ended") return this.#cutOff(signal);
      if (facts === undefined) this.stats.unknown++;
      else this.stats.answered++;
      return facts ?? "unknown";
    } catch (error) {
      if (signal.aborted) return this.#cutOff(signal);
      this.stats.failed[asSourceFailure(error, this.source.name).reason]++;
      return undefined;
    }
  }

  /**
   * At the bound it owed an answer: it hangs. Another's answer came first: it was merely slower.
   */
  #cutOff(signal: AbortSignal): undefined {
    if (signal.reason !== ("bound" satisfies Ending)) return;
    this.stats.failed.timeout++;
    this.#restUntil = this.#options.clock.now() + this.#options.restMs;
  }

  #rests(): boolean {
    const rests = this.#restUntil > this.#options.clock.now();
    if (rests) this.stats.rested++;
    return rests;
  }

  /** False when the question ended, or the source hung, while it stood in line. */
  async #place(signal: AbortSignal): Promise<boolean> {
    if (this.#underWay < this.#options.concurrency) this.#underWay++;
    else await new Promise<void>((resolve) => this.#line.push(resolve));
    if (signal.aborted) this.stats.crowded++;
    else if (!this.#rests()) return true;
    this.#leave();
    return false;
  }

  /** The place is handed on, not given up, so that nobody slips in between. */
  #leave(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#underWay--;
    else next();
  }

  async #pause(delayMs: number, signal: AbortSignal): Promise<void> {
    const timer: { cancel: () => void } = { cancel: () => undefined };
    const over = new Promise<void>((resolve) => {
      timer.cancel = this.#options.clock.schedule(delayMs, resolve);
    });
    await Promise.race([over, aborted(signal)]);
    timer.cancel();
  }
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
