/** What a life is made of. */
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import type { First } from "./leader.ts";
import type { WireFaults } from "./wire.ts";

export const happenings = [
  "release",
  "rare",
  "outage",
  "operator",
  "rescue",
  "attack",
  "scale",
  "edit",
  "contradiction",
  "emergency",
  "crash",
  "partition",
  "node lost",
  "node cut",
  "clock jump",
  "two leaders",
] as const;
export type Happening = (typeof happenings)[number];

export interface Life {
  /** By which it is asked for again. */
  readonly name: string;
  readonly seed: number;
  readonly days: number;
  readonly nodes: number;
  readonly services: readonly { readonly policy: Policy; readonly instances: number }[];
  readonly first: First;
  readonly wire: WireFaults;
  /** How often in a day each happens. */
  readonly daily: Readonly<Record<Happening, number>>;
}
