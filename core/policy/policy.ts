/**
 * A policy in its normal form: every default filled in, every mode settled, each thing said once.
 */
import type { Channel, Exporter, WebhookEvent } from "./schema/observability.ts";
import type { Strategy } from "./schema/healing.ts";
import type { Operator } from "./schema/selector.ts";
import type { Cidr } from "../behaviour/cidr.ts";
import type { EndpointMatch } from "./values/endpoint.ts";
import type { PathPattern } from "./values/path.ts";
import type { PortRange } from "./values/port.ts";
import type { Secret } from "./values/secret.ts";
import type { Step } from "./values/step.ts";

/** off: not judged at all. monitor: told. alert: told, and somebody notified. enforce: denied. */
export type Mode = "off" | "monitor" | "alert" | "enforce";

/** What befalls what is neither named in the policy nor learned; `audit` lets it pass and tells. */
export type Unlisted = "allow" | "audit" | "deny";

export interface Exception<Match> {
  readonly match: Match;
  readonly reason: string;
  /** Absent: never. */
  readonly expiresMs?: number;
}

interface Facet<Match> {
  readonly mode: Mode;
  readonly unlisted: Unlisted;
  readonly exceptions: readonly Exception<Match>[];
}

/** Named, and by a pattern of names. */
interface Lists<Item> extends Facet<Item> {
  readonly allowed: readonly Item[];
  readonly denied: readonly Item[];
}

export interface FileRules extends Lists<PathPattern> {
  /** Read, and never changed: a deny of every change comes with it. */
  readonly readOnly: readonly PathPattern[];
}

/**
 * A peer is allowed out where its port is in `egressPorts` and its address in `egressCidrs` or in
 * what DNS gave for `egressDomains`; a list that is empty demands nothing, all of them empty allow
 * nothing.
 */
export interface NetworkRules extends Facet<EndpointMatch> {
  readonly egressPorts: readonly PortRange[];
  readonly egressCidrs: readonly Cidr[];
  readonly egressDomains: readonly string[];
  readonly ingressPorts: readonly PortRange[];
  readonly deniedEgressPorts: readonly PortRange[];
  readonly deniedIngressPorts: readonly PortRange[];
  /** In both directions. */
  readonly deniedCidrs: readonly Cidr[];
}

/** By the words of core/behaviour; a policy writes syscalls, processes, files, capabilities. */
export interface Facets {
  readonly syscall: Lists<string>;
  readonly network: NetworkRules;
  readonly file: FileRules;
  readonly exec: Lists<PathPattern>;
  readonly capability: Lists<string>;
}

export interface Policy {
  readonly name: string;
  readonly namespace: string;
  readonly selector: {
    readonly labels: Readonly<Record<string, string>>;
    readonly expressions: readonly {
      readonly key: string;
      readonly operator: Operator;
      readonly values: readonly string[];
    }[];
  };
  readonly learning: {
    readonly enabled: boolean;
    readonly durationMs: number;
    readonly minSamples: number;
    readonly autoTransition: boolean;
    readonly lifecycleAware: boolean;
    readonly quietPeriodMs: number;
    readonly minInstances: number;
    readonly maxUnseenMass: number;
  };
  /** Of the whole, for facets that have no fields of their own (mounts, ptrace, bpf(), …). */
  readonly mode: Mode;
  readonly unlisted: Exclude<Unlisted, "audit">;
  readonly facets: Facets;
  readonly canary: { readonly steps: readonly Step[]; readonly stepDurationMs: number };
  readonly healing: {
    readonly enabled: boolean;
    readonly rollbackThreshold: number;
    readonly rollbackWindowMs: number;
    readonly strategy: Strategy;
    readonly recoveryTimeoutMs: number;
  };
  readonly observability: {
    readonly metrics: { readonly enabled: boolean; readonly exporters: readonly Exporter[] };
    readonly tracing: { readonly enabled: boolean; readonly endpoint?: string };
    readonly channels: readonly Channel[];
  };
  readonly webhooks: readonly {
    readonly name: string;
    readonly url: Secret;
    readonly events: readonly WebhookEvent[];
  }[];
}
