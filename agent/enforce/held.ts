/** One workload under one policy as this host knows it: its loop, who of it lives, its evidence. */
import type { LiveInstance } from "@pahlevan/core/loop/world.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import type { WorkloadName } from "../store/workload-name.ts";
import type { Evidence } from "../loop/evidence.ts";
import type { HeldWorkload } from "./held-workload.ts";
import type { Tally } from "./tally.ts";

export interface Held {
  readonly workload: HeldWorkload;
  readonly evidence: Evidence;
  readonly tally: Tally;
  /** By slot. */
  readonly instances: Map<number, LiveInstance>;
  /** Services of it that come again under their names. */
  readonly units: Set<string>;
  /** Of the profile that its tables were made of. */
  revision: number | undefined;
  /** Undefined: never. */
  reviewedMs: number | undefined;
  /** Told already. */
  refused: string | undefined;
}

/**
 * One service: none of it ever lives beside another, though of one that starts often some may be
 * known whose end was not heard of yet.
 */
export function isAlone({ units }: Held): boolean {
  return units.size === 1;
}

export function idOf({ namespace, name }: Policy): string {
  return `${namespace}/${name}`;
}

/** "host/web nginx": names of policies have no blanks. */
export function keyOf(policy: Policy, { workload }: WorkloadName): string {
  return `${idOf(policy)} ${workload}`;
}

export function policyIn(key: string): string {
  return key.slice(0, key.indexOf(" "));
}
