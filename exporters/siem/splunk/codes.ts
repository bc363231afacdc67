/**
 * The codes of Splunk's HTTP Event Collector, as its manual lists them ("Troubleshoot HTTP Event
 * Collector", possible error codes), and what each means for a batch.
 */
import type { HttpAnswer } from "../../delivery/http.ts";
import type { Outgoing } from "../../record.ts";
import { sent, tryAgain } from "../../sink.ts";
import { at, jsonIn, textAt } from "../answer.ts";
import type { Outcome } from "../in-pieces.ts";
import { meaningOf } from "../meaning.ts";

const success = 0;
export const noData = 5;
export const healthy = 17;

/** The event itself is at fault: its JSON, its `event`, its `fields`. */
const aboutEvents = new Map([
  [6, "invalid_data"],
  [12, "event_missing"],
  [13, "event_blank"],
  [15, "fields"],
]);

/** A person has to do something: what, where the answer alone does not tell. */
const advice = new Map([
  [7, "the token may not write to the setting `index`, or there is no such index"],
  [10, "the token wants indexer acknowledgment: set ack to on"],
  [11, "the token wants indexer acknowledgment: set ack to on"],
]);

export function codeIn({ body }: HttpAnswer): number | undefined {
  const code = at(jsonIn(body), "code");
  return typeof code === "number" ? code : undefined;
}

export function saysOf(answer: HttpAnswer): string {
  const code = codeIn(answer);
  const text = textAt(jsonIn(answer.body), "text").slice(0, 200);
  const more = advice.get(code ?? success);
  const says = `it answers ${answer.status}: ${text || "nothing"} (code ${code ?? "none"})`;
  return more === undefined ? says : `${says}; ${more}`;
}

export function outcomeOf(answer: HttpAnswer, part: readonly Outgoing[], nowMs: number): Outcome {
  const code = codeIn(answer);
  if (answer.status === 200 && code === success) return sent(part);
  if (answer.status === 200) return tryAgain(part, "it answers 200, but not as Splunk does");
  // It does not say which: halves find out.
  if (code !== undefined && aboutEvents.has(code)) return "smaller";
  // Whatever else is wrong with the request is of our configuration.
  if (answer.status === 400) return tryAgain(part, saysOf(answer));
  return meaningOf(answer, part, nowMs);
}

export interface Invalid {
  readonly record: Outgoing;
  readonly reason: string;
}

/** One event spoils its request, and the answer names the first such. */
export function invalidIn(answer: HttpAnswer, part: readonly Outgoing[]): Invalid | undefined {
  const reason = aboutEvents.get(codeIn(answer) ?? success);
  if (reason === undefined) return undefined;
  const number = at(jsonIn(answer.body), "invalid-event-number");
  const record = part.length === 1 ? part[0] : part[typeof number === "number" ? number : -1];
  return record && { record, reason };
}
