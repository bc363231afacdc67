/** What leaves Pahlevan, one record at a time: facts in their public form, and spans. */
import type { EventLine } from "@pahlevan/core/behaviour/event-line.ts";

/** From the one that is sent first, and dropped last. */
export const lanes = ["decision", "transition", "anomaly", "behaviour"] as const;
export type Lane = (typeof lanes)[number];

/** What a setting `events` may name. */
export const sorts = [
  "decision",
  "transition",
  "notice",
  "converged",
  "first_seen",
  "instance",
  "span",
] as const;
export type Sort = (typeof sorts)[number];

export interface Trace {
  /** 32 and 16 hexadecimal digits. */
  readonly traceId: string;
  readonly spanId: string;
}

/** Of which workload, and by which policy. */
interface Placed {
  /** RFC 3339, with nanoseconds. */
  readonly time: string;
  readonly namespace: string;
  readonly workload: string;
  readonly policy: string;
}

/** A policy's loop went from one phase to another. */
export interface TransitionLine extends Placed {
  readonly event: "pahlevan.loop.transition";
  readonly from: string;
  readonly to: string;
  readonly step: number;
  readonly signal: string;
  /** What the loop does now, in words, and why. */
  readonly does: string;
  readonly why: string;
  readonly cause: {
    readonly source: string;
    readonly by: string;
    readonly says: string;
    readonly fingerprint?: string;
    readonly url?: string;
  };
}

/** Somebody is to look: at once (`page`), because healing has failed, to decide, or to propose. */
export interface NoticeLine extends Placed {
  readonly event: "pahlevan.loop.notice";
  readonly notice: "page" | "fail" | "ask" | "propose";
  readonly says: string;
  /** Of a sink's own making, and for nobody else: it is to look at its incidents again. */
  readonly due?: true;
}

/** A workload's learning has seen enough. */
export interface ConvergedLine extends Placed {
  readonly event: "pahlevan.profile.converged";
  readonly unseenMass?: number;
  readonly instances: number;
  readonly behaviours: number;
}

/** Something that took time: a learning run, a step of a rollout, a healing, a policy's life. */
export interface SpanLine extends Placed {
  readonly event: "span";
  readonly name: string;
  readonly span: Trace & { readonly parentSpanId?: string };
  readonly startTime: string;
  readonly failed?: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** `id` is the same in each attempt and on each way; no two records share one. */
export type Line = (EventLine | TransitionLine | NoticeLine | ConvergedLine | SpanLine) & {
  readonly id: string;
  /** The span in which it happened. */
  readonly trace?: Trace;
};

export function sortOf({ event }: Pick<Line, "event">): Sort {
  switch (event) {
    case "span":
      return "span";
    case "pahlevan.decision":
      return "decision";
    case "pahlevan.loop.transition":
      return "transition";
    case "pahlevan.loop.notice":
      return "notice";
    case "pahlevan.profile.converged":
      return "converged";
    case "pahlevan.instance.started":
    case "pahlevan.instance.ended":
      return "instance";
    case "pahlevan.behaviour.first_seen":
    case "pahlevan.behaviour.seen":
      return "first_seen";
  }
}

export const laneOfSort: Readonly<Record<Sort, Lane>> = {
  decision: "decision",
  transition: "transition",
  notice: "transition",
  converged: "transition",
  span: "transition",
  first_seen: "behaviour",
  instance: "behaviour",
};

/** One record on its way: its text, and what it says once somebody asks. */
export class Outgoing {
  /** One line of JSON: the whole record. */
  readonly text: string;
  readonly sizeBytes: number;
  #line: Line | undefined;

  constructor(text: string) {
    this.text = text;
    this.sizeBytes = Buffer.byteLength(text);
  }

  static of(line: Line): Outgoing {
    return new Outgoing(JSON.stringify(line));
  }

  get line(): Line {
    // Ours, written by `Outgoing.of` or by the agent: not checked field by field.
    return (this.#line ??= lineIn(this.text));
  }

  get sort(): Sort {
    return sortOf(this.line);
  }

  get lane(): Lane {
    return laneOfSort[this.sort];
  }
}

function lineIn(text: string): Line {
  const parsed: unknown = JSON.parse(text);
  if (!isLine(parsed)) throw new Error("a record without `event` and `id`");
  return parsed;
}

function isLine(value: unknown): value is Line {
  return typeof value === "object" && value !== null && "event" in value && "id" in value;
}

/** RFC 3339 in nanoseconds since 1970. */
export function unixNs(time: string): bigint {
  const [, seconds = "", fraction = ""] = /^(.*?)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return (
    BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, "0").slice(0, 9))
  );
}

export function unixMs(time: string): number {
  return Number(unixNs(time) / 1_000_000n);
}
