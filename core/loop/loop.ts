/** All that a loop remembers of one policy and one workload: kept over restarts, and bounded. */
import type { JudgedFacet } from "../policy/compile/act.ts";
import type { Verdict } from "./adjudicate.ts";
import type { Remedy } from "./heal.ts";
import type { Phase } from "./phase.ts";
import type { Signal, SignalKind, Source } from "./signal.ts";

export interface Loop {
  /** When it began, by the clock of then: what its life is known by. Of older ones nobody knows. */
  readonly bornMs?: number;
  readonly phase: Phase;
  readonly sinceMs: number;
  /** Why it is there. */
  readonly why: string;
  /** How far the canary is, counted from 0: in Canary, and where one goes back to it. */
  readonly step: number;
  readonly stepSinceMs: number;
  /** Nobody lived when the step began: it begins with the first who does. */
  readonly awaits?: true;
  /** The newest that is enforced. */
  readonly template: string;
  /** Where a sideways phase came from. */
  readonly before?: Before;
  readonly alerts: readonly KnownAlert[];
  readonly candidates: readonly Candidate[];
  readonly loosened: readonly Loosened[];
  /** How often a behaviour was found at fault: the second time it is proposed for good. */
  readonly faults: Readonly<Record<string, number>>;
  readonly healing?: Healing;
  /** Instances that may reach nobody; `all` of them where somebody said so. */
  readonly quarantined?: readonly string[] | "all";
  readonly verdict?: Verdict;
  /** The policy denies the workload its own work: while a person looks on, it refuses nothing. */
  readonly contradicts?: true;
  /** What a person is asked. */
  readonly question?: string;
  /** Somebody had it learned again: what was learned before is not enough by itself. */
  readonly relearnedMs?: number;
  /** When it came back by itself, the newest. */
  readonly returns: readonly number[];
  /** Newest last. */
  readonly transitions: readonly Transition[];
}

export interface Before {
  readonly phase: Phase;
  readonly step: number;
  /** What has to be over before it goes back by itself; empty: a person has to say so. */
  readonly causes: readonly string[];
  /** Who was quarantined there. */
  readonly quarantined?: readonly string[] | "all";
  /** Where that one came from: of each sideways phase there is at most one (before.ts). */
  readonly before?: Before;
}

/** An alert that somebody told of, also when it is over: what comes late changes nothing. */
export interface KnownAlert {
  readonly signal: Signal;
  readonly heardMs: number;
  /** When it was first known to be over. */
  readonly overMs?: number;
  /** It has moved the loop, or was refused for good. */
  readonly answer?: string;
}

/** Let through until somebody confirms it, or until it ends. */
export interface Candidate {
  readonly behaviour: string;
  readonly sinceMs: number;
  readonly expiresMs: number;
}

/** A facet that healing has put into monitor mode, for as long. */
export interface Loosened {
  readonly facet: JudgedFacet;
  readonly expiresMs: number;
}

export interface Healing {
  readonly remedy: Remedy;
  readonly sinceMs: number;
  readonly faults: readonly string[];
  /** Those that were tried, this one included. */
  readonly tried: readonly Remedy[];
}

export interface Cause {
  readonly source: Source;
  readonly by: string;
  readonly says: string;
  readonly fingerprint?: string;
  readonly url?: string;
}

export interface Transition {
  readonly from: Phase;
  readonly to: Phase;
  readonly step: number;
  readonly atMs: number;
  /** `look`: no signal, but what was seen. */
  readonly signal: SignalKind | "look";
  readonly cause: Cause;
  readonly does: string;
}

export const mostTransitions = 20;
export const mostAlerts = 256;
export const mostCandidates = 512;
export const mostFaults = 1_024;
/** What comes later than that about an alert that is over counts as a new one. */
export const rememberedMs = 24 * 3_600_000;

export function beginning(nowMs: number): Loop {
  return {
    bornMs: nowMs,
    phase: "Pending",
    sinceMs: nowMs,
    why: "no instance was seen yet",
    step: 0,
    stepSinceMs: nowMs,
    template: "",
    alerts: [],
    candidates: [],
    loosened: [],
    faults: {},
    returns: [],
    transitions: [],
  };
}
