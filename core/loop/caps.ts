/**
 * How many policies may move at once, whoever asks: one alert that matches everything is a mistake,
 * or somebody's switch.
 */
import type { Source } from "./signal.ts";

export interface Caps {
  readonly windowMs: number;
  /**
   * Of all loops, the share that may be loosened, or made stricter, in one window; at least
   * `least`.
   */
  readonly looserShare: number;
  readonly tighterShare: number;
  readonly least: number;
}

const usualCaps: Caps = {
  windowMs: 10 * 60_000,
  looserShare: 0.25,
  tighterShare: 0.25,
  least: 5,
};

export interface Moved {
  readonly atMs: number;
  readonly direction: "looser" | "tighter";
  readonly source: Source;
}

/** An operator's moves are counted for none: somebody looks on. */
export function roomFor(
  moves: readonly Moved[],
  loops: number,
  nowMs: number,
  caps: Caps = usualCaps,
): { readonly looser: boolean; readonly tighter: boolean } {
  const recent = moves.filter(
    ({ atMs, source }) => source !== "operator" && nowMs - atMs < caps.windowMs,
  );
  const hasRoom = (direction: Moved["direction"], share: number) =>
    recent.filter((move) => move.direction === direction).length <
    Math.max(caps.least, Math.ceil(loops * share));
  return {
    looser: hasRoom("looser", caps.looserShare),
    tighter: hasRoom("tighter", caps.tighterShare),
  };
}

export function recentMoves(moves: readonly Moved[], nowMs: number, caps: Caps = usualCaps) {
  return moves.filter(({ atMs }) => nowMs - atMs < caps.windowMs);
}
