/** What the metrics read, at each scrape, from whoever senses: plain numbers, no events. */
import type { Facet, Kind } from "@pahlevan/core/behaviour/event.ts";
import type { SinkFigures } from "../delivery/figures.ts";
import type { Distribution } from "./distribution.ts";
import type { Exemplar } from "./exemplar.ts";

interface ByMode {
  readonly enforce: number;
  readonly monitor: number;
}

/** Of one policy with one workload. */
export interface PolicyFigures {
  readonly namespace: string;
  readonly workload: string;
  readonly policy: string;
  readonly phase: string;
  readonly sinceSeconds: number;
  readonly stepSeconds: number | undefined;
  readonly progress: number;
  readonly converged: boolean;
  readonly unseenMass: number | undefined;
  readonly quietSeconds: number | undefined;
  /** By facet; undefined where nothing was learned yet. */
  readonly behaviours?: Readonly<Record<string, number>> | undefined;
  readonly attack: boolean;
  readonly healingFailed: number;
  readonly instances: ByMode;
  readonly failures: ByMode;
  /** Decisions that were counted and not told of one by one. */
  readonly untold: number;
  /** Packets that quarantine dropped. */
  readonly packetsCut: number;
  readonly decided: readonly {
    readonly facet: string;
    readonly action: "allow" | "alert" | "deny" | "kill";
    readonly mode: "monitor" | "alert" | "enforce";
    readonly tier: string;
    readonly times: number;
    /** The newest of them. */
    readonly newest?: Exemplar;
  }[];
}

type Spreads = Iterable<readonly [name: string, of: Distribution]>;

export interface LoopFigures {
  readonly transitions: Iterable<{
    readonly namespace: string;
    readonly workload: string;
    readonly policy: string;
    readonly from: string;
    readonly to: string;
    readonly signal: string;
    readonly times: number;
  }>;
  readonly signals: Iterable<{
    readonly source: string;
    readonly signal: string;
    readonly outcome: string;
    readonly times: number;
  }>;
  /** Requests to the receivers of alerts. */
  readonly requests: Iterable<{
    readonly source: string;
    readonly code: string;
    readonly count: number;
  }>;
  /** In seconds, by source. */
  readonly signalLag: Spreads;
  readonly signalToKernel: Spreads;
  /** In seconds, by action: from an act to when it is known here. */
  readonly decisionLag: Spreads;
  /** Undefined where none was ever heard, and none is expected. */
  readonly heartbeatAgeSeconds: number | undefined;
  readonly isFrozen: boolean;
}

export interface MetricsSource {
  build(): { readonly version: string; readonly node: string; readonly kernel: string };
  counts(): Iterable<{
    readonly kind: Kind;
    readonly generated: number;
    readonly delivered: number;
    readonly aggregated: number;
    readonly dropped: Readonly<Record<string, number>>;
    readonly received: number;
  }>;
  malformed(): number;
  failures(): Iterable<{ readonly place: string; readonly error: string; readonly count: number }>;
  maps(): Iterable<{ readonly map: string; readonly used: number; readonly capacity: number }>;
  programs(): Iterable<{
    readonly program: string;
    readonly runs: number;
    readonly seconds: number;
    readonly missed: number;
  }>;
  ring(): { readonly sizeBytes: number; readonly pendingBytes: number };
  tiers(): Iterable<{
    readonly fact: string;
    readonly tier: string;
    readonly hook: string;
  }>;
  /** Whether a program is at the entry of system calls. */
  watchesCalls(): boolean;
  /** Whether one is at the functions of those that policies deny. */
  guardsCalls(): boolean;
  instances(): Iterable<{
    /** container, unit, run, … */
    readonly sort: string;
    readonly namespace: string;
    readonly workload: string;
    readonly lossy: boolean;
    readonly facts: Readonly<Record<Facet, number>>;
  }>;
  /** Workloads that policies hold. */
  policies(): Iterable<PolicyFigures>;
  loop(): LoopFigures;
  /** What leaves Pahlevan, by receiver. */
  sinks(): Iterable<SinkFigures>;
  eventsPerSecond(): number;
  /** Events that wait for their container's name, and those for which the queue had no room. */
  attribution(): { readonly waiting: number; readonly overflowed: number };
  observers(): { readonly connected: number; readonly skipped: number };
  process(): {
    readonly cpuSeconds: number;
    readonly residentBytes: number;
    readonly startSeconds: number;
  };
}
