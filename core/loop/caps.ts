/**
 * How many policies may move at once, whoever asks: one alert that matches everything is a mistake,
 * or somebody's switch.
 */
import { directionOf } from "./effect.ts";
import type { Transition } from "./loop.ts";
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

export const usualCaps: Caps = {
  windowMs: 10 * 60_000,
  looserShare: 0.25,
  tighterShare: 0.25,
  least: 5,
};

export interface Moved {
  readonly atMs: number;
  readonly direction: "looser" | "tighter";
  readonly source: Source;
  /** Whose. */
  readonly loop: string;
}

/**
 * Whether that loop may move, too: by how many others have. What an operator moved counts for none:
 * somebody looks on.
 */
export function roomFor(
  moves: readonly Moved[],
  loop: string,
  loops: number,
  nowMs: number,
  caps: Caps,
): { readonly looser: boolean; readonly tighter: boolean } {
  const recent = recentMoves(moves, nowMs, caps).filter(
    (move) => move.source !== "operator" && move.loop !== loop,
  );
  const hasRoom = (direction: Moved["direction"], share: number) => {
    const others = recent.filter((move) => move.direction === direction).map((move) => move.loop);
    return new Set(others).size < Math.max(caps.least, Math.ceil(loops * share));
  };
  return {
    looser: hasRoom("looser", caps.looserShare),
    tighter: hasRoom("tighter", caps.tighterShare),
  };
}

/** What a loop's history says: who has just started knows of no other moves. */
export function movesIn(
  loop: string,
  transitions: readonly Transition[],
  fromStep: number = transitions[0]?.step ?? 0,
): readonly Moved[] {
  return transitions.flatMap((transition, at) => {
    const direction = directionOf(transition, transitions[at - 1]?.step ?? fromStep);
    const { atMs, cause } = transition;
    return direction === undefined ? [] : [{ atMs, direction, source: cause.source, loop }];
  });
}

/** What is later than now was so by a clock that went wrong: nobody waits until it comes true. */
export function recentMoves(moves: readonly Moved[], nowMs: number, caps: Caps) {
  return moves.filter(({ atMs }) => Math.abs(nowMs - atMs) < caps.windowMs);
}
