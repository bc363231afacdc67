/** A batch that cannot be taken as it is goes in halves, and these in theirs. */
import type { Outgoing } from "../record.ts";
import { together, tryAgain, type Report } from "../sink.ts";

/** `smaller`: not so many at a time. Of one record alone there has to be a report. */
export type Outcome = Report | "smaller";

export async function inPieces(
  batch: readonly Outgoing[],
  ask: (part: readonly Outgoing[]) => Promise<Outcome>,
): Promise<Report> {
  const report = await ask(batch);
  if (report !== "smaller") return report;
  if (batch.length < 2) throw new Error("there is nothing smaller than one record");
  const middle = Math.ceil(batch.length / 2);
  const rest = batch.slice(middle);
  const first = await inPieces(batch.slice(0, middle), ask);
  // The peer is not asked on where it has just said that it cannot; the order stays.
  if (first.again.length > 0) return together(first, tryAgain(rest, first.why ?? ""));
  try {
    return together(first, await inPieces(rest, ask));
  } catch (error) {
    // The first half is there: a rejection would have it sent twice.
    return together(first, tryAgain(rest, error instanceof Error ? error.message : String(error)));
  }
}
