/** What is told, into the store: a few times a second, and the rest at the end. */
import type { NewEvent } from "../store/events.ts";
import { reasonOf } from "../store/error.ts";

export interface EventLogOptions {
  readonly append: (events: readonly NewEvent[]) => void;
  readonly complain: (says: string) => void;
}

const flushMs = 250;
/** A disk that is full is not so for a moment. */
const retryMs = 5_000;
/** Characters that wait for a store that cannot be written; further events are counted. */
const mostWaiting = 16 << 20;

export class EventLog {
  readonly #options: EventLogOptions;
  #waiting: NewEvent[] = [];
  #length = 0;
  #lost = 0;
  #timer: NodeJS.Timeout | undefined;
  #complained = false;

  constructor(options: EventLogOptions) {
    this.#options = options;
  }

  /** Events that no store has and none will have. */
  get lost(): number {
    return this.#lost;
  }

  put(event: NewEvent): void {
    if (this.#length + event.line.length > mostWaiting) {
      this.#lost++;
      return;
    }
    this.#waiting.push(event);
    this.#length += event.line.length;
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
        this.#options.complain(`events are not stored, and wait: ${reasonOf(error)}`);
      this.#complained = true;
      this.#flushIn(retryMs);
    }
  }

  #flushIn(ms: number): void {
    this.#timer ??= setTimeout(() => this.flush(), ms).unref();
  }
}
