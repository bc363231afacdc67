/**
 * Every decision that is told of, into the store: a few times a second, and the rest at the end.
 */
import type { BehaviourEvent } from "@pahlevan/core/behaviour/event.ts";
import type { Decision } from "../store/decisions.ts";
import { reasonOf } from "../store/error.ts";

export interface DecisionLogOptions {
  readonly append: (decisions: readonly Decision[]) => void;
  /** One line of JSON, as `observe` prints it. */
  readonly lineOf: (event: BehaviourEvent) => string;
  readonly complain: (says: string) => void;
}

const flushMs = 250;
/** A disk that is full is not so for a moment. */
const retryMs = 5_000;
/** Characters that wait for a store that cannot be written; further decisions are counted. */
const mostWaiting = 16 << 20;

export class DecisionLog {
  readonly #options: DecisionLogOptions;
  #waiting: Decision[] = [];
  #length = 0;
  #lost = 0;
  #timer: NodeJS.Timeout | undefined;
  #complained = false;

  constructor(options: DecisionLogOptions) {
    this.#options = options;
  }

  /** Decisions that no store has and none will have. */
  get lost(): number {
    return this.#lost;
  }

  see(event: BehaviourEvent): void {
    if (event.decision === undefined) return;
    const { namespace, workload } = event.workload;
    const line = this.#options.lineOf(event);
    if (this.#length + line.length > mostWaiting) {
      this.#lost++;
      return;
    }
    this.#waiting.push({ atMs: Number(event.wallNs / 1_000_000n), namespace, workload, line });
    this.#length += line.length;
    this.#flushIn(flushMs);
  }

  /** What cannot be written now is tried again later. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    try {
      this.#options.append(this.#waiting);
      this.#waiting = [];
      this.#length = 0;
      this.#complained = false;
    } catch (error) {
      if (!this.#complained)
        this.#options.complain(`decisions are not stored, and wait: ${reasonOf(error)}`);
      this.#complained = true;
      this.#flushIn(retryMs);
    }
  }

  #flushIn(ms: number): void {
    this.#timer ??= setTimeout(() => this.flush(), ms).unref();
  }
}
