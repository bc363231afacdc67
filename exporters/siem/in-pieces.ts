/** A batch that goes in parts: a record each is told of once, and in the batch's order. */
import type { Outgoing } from "../record.ts";
import { together, tryAgain, type Report } from "../sink.ts";

type Part = readonly Outgoing[];

/** `smaller`: not so many at a time. Of one record alone there has to be a report. */
export type Outcome = Report | "smaller";

/** What is too much at a time goes in halves, and these in theirs. */
export async function inPieces(
  batch: Part,
  ask: (part: Part) => Promise<Outcome>,
): Promise<Report> {
  const report = await ask(batch);
  if (report !== "smaller") return report;
  if (batch.length < 2) throw new Error("there is nothing smaller than one record");
  const middle = Math.ceil(batch.length / 2);
  const halves = [batch.slice(0, middle), batch.slice(middle)];
  return inTurn(halves, (half) => inPieces(half, ask));
}

/** One part after the other, until the peer says that it can take no more. */
export async function inTurn(
  parts: readonly Part[],
  ask: (part: Part) => Promise<Report>,
): Promise<Report> {
  let all: Report = { sent: 0, again: [], refused: {} };
  for (const [position, part] of parts.entries()) {
    const isOver = all.again.length > 0;
    try {
      all = together(all, isOver ? tryAgain(part, all.why ?? "") : await ask(part));
    } catch (error) {
      // What is before it is there: a rejection would have that sent twice.
      if (position === 0) throw error;
      const why = error instanceof Error ? error.message : String(error);
      all = together(all, tryAgain(part, why));
    }
  }
  return all;
}
