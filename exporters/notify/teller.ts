/** Whoever carries messages to a peer, in the peer's own words. */
import type { Severity } from "../severity.ts";
import type { Incident } from "./incident.ts";

export type Message =
  | {
      readonly about: "incident";
      /** Over, where the incident is. */
      readonly incident: Incident;
      /** What the peer called it when it was told of before. */
      readonly handle: string;
    }
  /** What is no incident, and incidents that are too many to be told one by one. */
  | {
      readonly about: "news";
      readonly title: string;
      readonly severity: Severity;
      readonly lines: readonly string[];
      /** What else there was. */
      readonly more: number;
    };

export type Outcome =
  | { readonly is: "told"; readonly handle?: string }
  | { readonly is: "again"; readonly why: string; readonly afterMs?: number | undefined }
  | { readonly is: "refused"; readonly reason: string; readonly why: string };

export interface Teller {
  /** A pager takes incidents alone: each on its own, and no news. */
  readonly isPager: boolean;
  /** Outcomes in the messages' order; fewer, where the later ones were not tried. */
  tell(messages: readonly Message[], signal: AbortSignal): Promise<readonly Outcome[]>;
  check(signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

/** One after the other, until one has to be tried again. */
export async function oneByOne(
  messages: readonly Message[],
  tell: (message: Message) => Promise<Outcome>,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const message of messages) {
    const outcome = await settled(tell(message));
    outcomes.push(outcome);
    if (outcome.is === "again") break;
  }
  return outcomes;
}

/** A peer that could not be asked is asked again. */
async function settled(telling: Promise<Outcome>): Promise<Outcome> {
  try {
    return await telling;
  } catch (error) {
    return { is: "again", why: error instanceof Error ? error.message : String(error) };
  }
}
