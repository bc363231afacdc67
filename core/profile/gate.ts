/** The gates that learning passes before a facet is complete: each with its value and its words. */
import { quietNeeded, quietOf, type Discovery, type UnseenMass } from "./unseen.ts";

export type GateName =
  | "duration"
  | "samples"
  | "instances"
  | "quiet"
  | "unseen"
  | "room"
  | "sensed";

export interface Gate {
  readonly gate: GateName;
  readonly holds: boolean;
  readonly value: number;
  readonly needed: number;
  /** 0 to 1. */
  readonly progress: number;
  /** What it waits for, or why it holds. */
  readonly words: string;
}

/** A gate that a value reaches by growing. */
export function atLeast(gate: GateName, value: number, needed: number, words: string): Gate {
  const progress = needed <= 0 ? 1 : Math.min(1, value / needed);
  return { gate, holds: value >= needed, value, needed, progress, words };
}

/** A gate that is open or not. */
export function when(gate: GateName, holds: boolean, words: string): Gate {
  const value = holds ? 1 : 0;
  return { gate, holds, value, needed: 1, progress: value, words };
}

export interface UnseenGateSettings {
  readonly maxUnseenMass: number;
  readonly confidence: number;
  readonly windowMs: number;
}

export function unseenGate(
  { bound }: UnseenMass,
  discovery: Discovery,
  settings: UnseenGateSettings,
): Gate {
  const { maxUnseenMass, confidence, windowMs } = settings;
  const needed = quietNeeded(discovery, maxUnseenMass, confidence);
  const quiet = quietOf(discovery);
  const holds = bound <= maxUnseenMass;
  const window = spanText(windowMs);
  const claim = `${percent(confidence)} sure that at most ${percent(bound)} of windows of ${window}`;
  const left = spanText(Math.max(0, needed - quiet) * windowMs);
  const words = holds
    ? `${claim} show something new`
    : `${claim} would show something new, asked are ${percent(maxUnseenMass)}: ` +
      `${left} more without anything new`;
  const progress = holds ? 1 : Math.min(0.99, quiet / needed);
  return { gate: "unseen", holds, value: bound, needed: maxUnseenMass, progress, words };
}

export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}

/** "5 min", "1.5 h", "20 s" */
export function spanText(ms: number): string {
  const in2 = (unitMs: number) => Number((ms / unitMs).toPrecision(2));
  if (ms >= 5_400_000) return `${in2(3_600_000)} h`;
  return ms >= 90_000 ? `${in2(60_000)} min` : `${in2(1_000)} s`;
}
