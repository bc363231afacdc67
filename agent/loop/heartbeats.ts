/** Whether the monitoring stack is heard: an alert that always fires, by the way of all signals. */
import type { Heartbeat } from "@pahlevan/core/loop/world.ts";

export class Heartbeats {
  readonly #isExpected: boolean;
  readonly #patienceMs: number;
  readonly #beganMs: number;
  #heardMs: number | undefined;

  /** Who expects none begins to when the first is heard. */
  constructor(isExpected: boolean, patienceMs: number, nowMs: number) {
    this.#isExpected = isExpected;
    this.#patienceMs = patienceMs;
    this.#beganMs = nowMs;
  }

  /** By the receiver's clock: the sender's may be wrong. */
  hear(nowMs: number): void {
    this.#heardMs = nowMs;
  }

  /** Since it was heard; undefined where none is expected. */
  ageMs(nowMs: number): number | undefined {
    const sinceMs = this.#heardMs ?? (this.#isExpected ? this.#beganMs : undefined);
    return sinceMs === undefined ? undefined : Math.max(0, nowMs - sinceMs);
  }

  at(nowMs: number): Heartbeat {
    const ageMs = this.ageMs(nowMs);
    if (ageMs === undefined) return "not expected";
    return ageMs > this.#patienceMs ? "missing" : "heard";
  }
}
