/** Lives of tests: a loop that moves as it is told. */
import {
  beginning,
  mostTransitions,
  type Loop,
  type Transition,
} from "@pahlevan/core/loop/loop.ts";
import type { Phase } from "@pahlevan/core/loop/phase.ts";
import type { Place } from "./ids.ts";

export const place: Place = {
  host: "node-1",
  cluster: "",
  namespace: "shop",
  policy: "checkout-policy",
  workload: "checkout",
};
const start = Date.parse("2026-11-22T10:00:00Z");
export const at = (minutes: number): number => start + minutes * 60_000;

export interface Move {
  readonly to: Phase;
  readonly step?: number;
  readonly source?: Transition["cause"]["source"];
}

/** As core/loop/arrive.ts tells a transition. */
export function moved(loop: Loop, { to, step = 0, source = "timer" }: Move, atMs: number): Loop {
  const transition: Transition = {
    from: loop.phase,
    to,
    step,
    atMs,
    signal: "look",
    cause: { source, by: "", says: "" },
    does: `to ${to}`,
  };
  const transitions = [...loop.transitions, transition].slice(-mostTransitions);
  return { ...loop, phase: to, step, sinceMs: atMs, transitions };
}

export const born = beginning(at(0));
export const learning = moved(born, { to: "Learning" }, at(1));
export const canary = moved(learning, { to: "Canary" }, at(10));
export const step1 = moved(canary, { to: "Canary", step: 1 }, at(20));
export const enforcing = moved(step1, { to: "Enforcing" }, at(30));
