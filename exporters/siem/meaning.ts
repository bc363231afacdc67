/**
 * What an answer means for records that nobody may lose by a mistake in the configuration: a token
 * that is no longer good, or an address that is wrong, is put right by somebody, and then they go.
 */
import { reportOf, retryAfterMs, type HttpAnswer } from "../delivery/http.ts";
import type { Outgoing } from "../record.ts";
import { refuse, tryAgain } from "../sink.ts";
import type { Outcome } from "./in-pieces.ts";

/** Answers that are about the records themselves. */
const aboutRecords = new Set([400, 422]);

export function meaningOf(answer: HttpAnswer, part: readonly Outgoing[], nowMs: number): Outcome {
  const { status } = answer;
  if (status === 413)
    return part.length > 1 ? "smaller" : refuse(part, "too_large", "one record is too large");
  const report = reportOf(answer, part, nowMs);
  if (report.sent === part.length || report.again.length > 0 || aboutRecords.has(status))
    return report;
  return tryAgain(part, report.why ?? `it answers ${status}`, retryAfterMs(answer, nowMs));
}
