/** The decisions of this host: what of its events policies decided. */
import type { StoredEvent } from "./event-reading.ts";
import type { Events, NewEvent } from "./events.ts";

export type Decision = Omit<NewEvent, "event">;

const event = "pahlevan.decision";

export class Decisions {
  readonly #events: Events;

  constructor(events: Events) {
    this.#events = events;
  }

  /** When it returns, they survive whatever happens to this process. */
  append(decisions: readonly Decision[]): void {
    this.#events.append(decisions.map((decision) => ({ ...decision, event })));
  }

  /** The newest first, one by one: there may be more than fit into memory. */
  newest(sinceMs = 0): Generator<StoredEvent> {
    return this.#events.read({ order: "newest", events: [event], sinceMs });
  }
}
