/**
 * The public form of an event, one JSON object: what `observe -o json` prints, the control socket
 * and exporters carry, and the store keeps.
 */
import type { Kind } from "./event.ts";

export type EventName =
  | "pahlevan.decision"
  | "pahlevan.instance.started"
  | "pahlevan.instance.ended"
  | "pahlevan.behaviour.first_seen"
  | "pahlevan.behaviour.seen";

export interface EventLine {
  readonly time: string;
  readonly event: EventName;
  readonly namespace: string;
  readonly workload: string;
  readonly container?: { readonly id: string; readonly name: string; readonly image: string };
  readonly pod?: string;
  readonly facet: string;
  readonly kind: Kind;
  readonly object: string;
  readonly action: "allow" | "alert" | "deny" | "kill";
  readonly mode: "monitor" | "alert" | "enforce";
  readonly tier: string;
  /** The policy that decided; empty where the act was simply allowed. */
  readonly policy: string;
  /** Of its tables; absent where none decided. */
  readonly generation?: number;
  readonly reason: string;
  readonly process?: {
    readonly pid: number;
    /** Nanoseconds since boot, as text: more digits than a JSON number keeps. */
    readonly start: string;
    readonly exe: string;
    readonly args?: readonly string[];
    readonly cwd?: string;
    readonly uid: number;
    readonly parent?: { readonly pid: number; readonly start: string; readonly exe?: string };
  };
  /** What else the kernel told about this kind of fact. */
  readonly detail: Readonly<Record<string, unknown>>;
  readonly flags: readonly string[];
  /** The fields whose bytes are not UTF-8 and are written as \xNN. */
  readonly escaped?: readonly string[];
}

/** Of a line that we wrote ourselves: that it is one, not that each field is right. */
export function isEventLine(value: unknown): value is EventLine {
  return typeof value === "object" && value !== null && "event" in value && "workload" in value;
}
