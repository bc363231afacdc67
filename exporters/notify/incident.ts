/** An incident: a workload under a policy in trouble, from its first sign until it is over. */
import { createHash } from "node:crypto";
import type { Line } from "../record.ts";
import type { Severity } from "../severity.ts";
import type { Tally } from "./tally.ts";

export interface Place {
  readonly cluster: string;
  readonly host: string;
  readonly namespace: string;
  readonly workload: string;
  readonly policy: string;
}

/** What of it was told last. */
interface Told {
  readonly atMs: number;
  readonly severity: Severity;
  readonly phase: string;
  readonly calls: number;
  /** What the peer calls it: a message's timestamp, a mail's id. Empty where there is none. */
  readonly handle: string;
}

export interface Incident extends Place {
  readonly key: string;
  readonly openedMs: number;
  readonly lastMs: number;
  /** The gravest so far. */
  readonly severity: Severity;
  /** Of the loop, as long as it is one of those that mean trouble; else empty. */
  readonly phase: string;
  /** How often somebody was called to look. */
  readonly calls: number;
  /** What was decided against. */
  readonly tally: Tally;
  /** What the loop said, the newest last. */
  readonly says: readonly string[];
  /** What an alert that moved the loop says more. */
  readonly url?: string | undefined;
  /** Why it is over, once it is. */
  readonly over?: string | undefined;
  readonly told?: Told | undefined;
  /** Records since then. */
  readonly untold: number;
}

/** The phases of a loop that mean trouble. */
const troubled: ReadonlySet<string> = new Set(["Quarantine", "Emergency", "RolledBack", "Healing"]);

export const isTroubled = (phase: string) => troubled.has(phase);

/** Whether it opens an incident, or goes on with one. */
export function isTrouble(line: Line): boolean {
  switch (line.event) {
    case "pahlevan.decision":
      return line.action !== "allow";
    case "pahlevan.loop.transition":
      return isTroubled(line.to);
    case "pahlevan.loop.notice":
      return line.notice === "page" || line.notice === "fail" || line.notice === "ask";
    default:
      return false;
  }
}

/** PagerDuty's bound, the lowest of those that fold by it. */
const mostKeyChars = 255;

/**
 * The same on every node that tells of it, so that whoever folds by it has one incident; with the
 * node's name in it where each is to have its own. No two places share one.
 */
export function incidentKey(place: Place, byHost: boolean): string {
  const { cluster, namespace, policy, workload, host } = place;
  const parts = [cluster, namespace, policy, workload, ...(byHost ? [host] : [])];
  const key = ["pahlevan", ...parts.map((part) => encodeURIComponent(part.toWellFormed()))].join(
    "/",
  );
  if (key.length <= mostKeyChars) return key;
  const mark = createHash("sha256").update(key).digest("hex").slice(0, 32);
  return `${key.slice(0, mostKeyChars - mark.length - 1)}~${mark}`;
}

/** Its end is all that is known of it: the memory of its beginning was lost. */
export function isBornOver({ tally, phase, calls, severity, over }: Incident): boolean {
  const isQuiet = tally.acts.length === 0 && phase === "" && calls === 0;
  return over !== undefined && isQuiet && severity === "info";
}
