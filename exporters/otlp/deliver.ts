/** A batch on its way: what was taken, what may be tried again, and what never will be. */
import type { Outgoing } from "../record.ts";
import { refuse, together, tryAgain, type Report } from "../sink.ts";
import { unwritable, type Channel } from "./channel.ts";
import type { Encoding } from "./encoding.ts";
import { tooLarge } from "./transport.ts";

export interface Means {
  readonly channel: Channel;
  readonly write: (by: Encoding, records: readonly Outgoing[]) => Uint8Array;
  /** The peer took all, and has something to say about it. */
  readonly warned: (says: string) => void;
  readonly signal: AbortSignal;
}

export const nothing: Report = { sent: 0, again: [], refused: {} };

export async function deliver(records: readonly Outgoing[], means: Means): Promise<Report> {
  if (records.length === 0) return nothing;
  const { channel, write, warned, signal } = means;
  let told;
  try {
    told = await channel.carry((by) => write(by, records), signal);
  } catch (error) {
    return tryAgain(records, error instanceof Error ? error.message : String(error));
  }
  switch (told.is) {
    case "again":
      return tryAgain(records, told.why, told.afterMs);
    case "taken":
      if (told.rejected > 0) return partly(records.length, told);
      if (told.says !== "") warned(told.says);
      return { sent: records.length, again: [], refused: {} };
    case "refused":
      return isOfSome(told.reason) && records.length > 1
        ? inHalves(records, means)
        : refuse(records, told.reason, told.why);
  }
}

/** Fewer of them, or others of them, may well be taken. */
function isOfSome(reason: string): boolean {
  return reason === tooLarge || reason === unwritable;
}

async function inHalves(records: readonly Outgoing[], means: Means): Promise<Report> {
  const half = Math.ceil(records.length / 2);
  const first = await deliver(records.slice(0, half), means);
  const rest = records.slice(half);
  // Whoever wants to be left alone is left alone with the others, too.
  if (first.again.length > 0) {
    return together(first, tryAgain(rest, first.why ?? "", first.afterMs));
  }
  return together(first, await deliver(rest, means));
}

/** Which of them it rejected the peer does not say, and must not be asked again. */
function partly(all: number, { rejected, says }: { rejected: number; says: string }): Report {
  const refused = Math.min(rejected, all);
  return {
    sent: all - refused,
    again: [],
    refused: { rejected: refused },
    why: `it took all but ${refused}${says === "" ? "" : `: ${says}`}`,
  };
}
