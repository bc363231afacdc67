/** What came to the receivers and what became of it, as metrics show it. */
import type { ReceiverName, Sender } from "./credential-lines.ts";

/** `known`: sent again, or late; it changed nothing. */
export type SignalOutcome = "new" | "known" | "ignored" | "refused";

export class Counts {
  readonly #requests = new Map<string, number>();
  readonly #signals = new Map<string, number>();

  request(sender: Sender, status: number): void {
    add(this.#requests, `${sender} ${status}`, 1);
  }

  signals(receiver: ReceiverName, outcome: SignalOutcome, count: number): void {
    add(this.#signals, `${receiver} ${outcome}`, count);
  }

  /** By sender and status: a few dozen at most. */
  requests(): { source: string; code: string; count: number }[] {
    return [...this.#requests].map(([key, count]) => {
      const [source = "", code = ""] = key.split(" ");
      return { source, code, count };
    });
  }

  outcomes(): { source: string; outcome: string; count: number }[] {
    return [...this.#signals].map(([key, count]) => {
      const [source = "", outcome = ""] = key.split(" ");
      return { source, outcome, count };
    });
  }
}

function add(counts: Map<string, number>, key: string, count: number): void {
  if (count > 0) counts.set(key, (counts.get(key) ?? 0) + count);
}
