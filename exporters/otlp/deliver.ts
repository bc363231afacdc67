/** A batch on its way: what was taken, what may be tried again, and what never will be. */
import type { Line, Outgoing } from "../record.ts";
import { refuse, together, tryAgain, type Report } from "../sink.ts";
import { unwritable, type Channel } from "./channel.ts";
import type { Encoding } from "./encoding.ts";
import { tooLarge } from "./transport.ts";

export interface Part<L extends Line> {
  readonly record: Outgoing;
  readonly line: L;
}

export interface Means<L extends Line> {
  readonly channel: Channel;
  readonly write: (by: Encoding, lines: readonly L[]) => Uint8Array;
  /** The peer took all, and has something to say about it. */
  readonly warned: (says: string) => void;
  readonly signal: AbortSignal;
}

export const nothing: Report = { sent: 0, again: [], refused: {} };

export async function deliver<L extends Line>(
  parts: readonly Part<L>[],
  means: Means<L>,
): Promise<Report> {
  if (parts.length === 0) return nothing;
  const { channel, write, warned, signal } = means;
  const records = parts.map(({ record }) => record);
  const lines = parts.map(({ line }) => line);
  let told;
  try {
    told = await channel.carry((by) => write(by, lines), signal);
  } catch (error) {
    return tryAgain(records, error instanceof Error ? error.message : String(error));
  }
  switch (told.is) {
    case "again":
      return tryAgain(records, told.why, told.afterMs);
    case "taken":
      if (told.rejected > 0) return partly(parts.length, told);
      if (told.says !== "") warned(told.says);
      return { sent: parts.length, again: [], refused: {} };
    case "refused":
      return isOfSome(told.reason) && parts.length > 1
        ? inHalves(parts, means)
        : refuse(records, told.reason, told.why);
  }
}

/** Fewer of them, or others of them, may well be taken. */
function isOfSome(reason: string): boolean {
  return reason === tooLarge || reason === unwritable;
}

async function inHalves<L extends Line>(
  parts: readonly Part<L>[],
  means: Means<L>,
): Promise<Report> {
  const half = Math.ceil(parts.length / 2);
  const first = await deliver(parts.slice(0, half), means);
  const rest = parts.slice(half);
  // Whoever wants to be left alone is left alone with the others, too.
  if (first.again.length > 0) {
    const records = rest.map(({ record }) => record);
    return together(first, tryAgain(records, first.why ?? "", first.afterMs));
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
