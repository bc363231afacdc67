/** What is true around a loop when it is asked to move: facts, counted by whoever sees them. */
import type { JudgedFacet } from "../policy/compile/act.ts";
import type { Policy } from "../policy/policy.ts";
import type { Place } from "./signal.ts";

export interface World {
  readonly nowMs: number;
  readonly place: Place;
  readonly policy: Policy;
  readonly learning: Learning;
  /** Whether any instance was ever seen. */
  readonly seen: boolean;
  /** The template that came last. */
  readonly newest: string;
  /** Living ones. */
  readonly instances: readonly LiveInstance[];
  /** Others that live and have no name yet: any of them may be one more of it. */
  readonly unnamed: number;
  /** By its nature it is one at a time, as a service is: none comes beside it. */
  readonly alone: boolean;
  /** Newest window (spec.selfHealing.rollbackWindow), by behaviour. */
  readonly denials: readonly Denial[];
  /** Instances that failed in that window: by an end that nobody asked for, or after a refusal. */
  readonly failed: { readonly enforced: number; readonly watched: number };
  /** The last thing that people changed: the policy, or what the workload is made of. */
  readonly changed: { readonly atMs: number; readonly what: string } | undefined;
  readonly heartbeat: Heartbeat;
  /** Whether caps over all loops leave room for one more (caps.ts). */
  readonly room: { readonly looser: boolean; readonly tighter: boolean };
}

export interface Learning {
  readonly enabled: boolean;
  readonly converged: boolean;
  /** What it waits for. */
  readonly waitsFor: string;
  /**
   * Would the workload start, and do what it was seen doing, under the policy with all that is
   * learned? Unknown where no start was recorded.
   */
  readonly trial: Trial;
  /** The same under what is in force now, which a newer template does not change yet. */
  readonly own: Trial;
}

export interface Trial {
  readonly answer: "yes" | "no" | "unknown";
  /** Why it is not a yes. */
  readonly says: string;
}

export interface LiveInstance {
  readonly id: string;
  readonly node: string;
  /** What it was made of. */
  readonly template: string;
}

/** One behaviour that the policy does not allow, and who showed it. */
export interface Denial {
  /** As core/behaviour writes it. */
  readonly behaviour: string;
  readonly facet: JudgedFacet;
  /** The first few. */
  readonly instances: readonly string[];
  /** How often it was refused, and how often it only would have been. */
  readonly denied: number;
  readonly watched: number;
  /** By a name in the policy: never loosened. */
  readonly explicit: boolean;
  /** Why nobody should learn it silently, where that is known. */
  readonly sensitive: string | undefined;
  /** How unlike what the workload does it is: 0 to 1. */
  readonly oddity: number;
  readonly lastMs: number;
}

/** Of the monitoring stack. */
export type Heartbeat =
  /** None was asked for, and none was ever heard. */
  "not expected" | "heard" | "missing";
