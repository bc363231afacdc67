/** One alert with labels, as Alertmanager and Grafana send it, and what it asks for. */
import * as z from "zod";
import { signalKinds, type SignalKind, type Source } from "@pahlevan/core/loop/signal.ts";
import { line, webAddress } from "./bounded.ts";
import { fingerprintOfLabels, isMark } from "./fingerprint.ts";
import { endOf, startOf } from "./instant.ts";
import type { Outcome } from "./reading.ts";
import { labelOf, targetOf, type Labels } from "./target.ts";

const labels = z.record(z.string(), z.string());

export const alertShape = z.object({
  status: z.enum(["firing", "resolved"]),
  labels,
  annotations: labels.nullish(),
  startsAt: z.string().nullish(),
  endsAt: z.string().nullish(),
  generatorURL: z.string().nullish(),
  fingerprint: z.string().nullish(),
});
export type Alert = z.infer<typeof alertShape>;

export interface Reader {
  readonly source: Source;
  readonly nowMs: number;
  /** In front of each fingerprint, where one sender speaks for several. */
  readonly scope?: string;
  /** Why an alert with these labels is none of its sender's rules; undefined where it is one. */
  readonly strange?: (labels: Labels) => string | undefined;
}

export const kindLabel = "pahlevan_signal";
export const scopeLabel = "pahlevan_scope";
/** Alertmanager's and every mixin's name for the alert that always fires. */
const watchdog = "Watchdog";

export function readAlert(alert: Alert, reader: Reader): Outcome {
  const { source, nowMs, scope = "" } = reader;
  const strange = reader.strange?.(alert.labels);
  if (strange !== undefined) return { ignored: strange };
  const kind = kindOf(alert.labels);
  if (typeof kind === "object") return kind;
  const startsAtMs = startOf(alert.startsAt ?? undefined, nowMs);
  if (typeof startsAtMs === "object") return startsAtMs;
  const { status } = alert;
  if (kind === "heartbeat") return { heartbeat: { kind, source, status, startsAtMs } };
  const target = targetOf(alert.labels);
  if ("refused" in target) return target;
  const all = isForAll(alert.labels);
  if (typeof all === "object") return all;
  const url = webAddress(alert.generatorURL ?? undefined);
  return {
    signal: {
      kind,
      source,
      fingerprint: scope + ownMark(alert),
      startsAtMs,
      status,
      target,
      by: nameOf(alert.labels),
      says: summaryOf(alert.annotations ?? {}),
      ...(url !== undefined && { url }),
      ...(all && { all }),
      ...(status === "resolved" && {
        endsAtMs: endOf(alert.endsAt ?? undefined, startsAtMs, nowMs),
      }),
    },
  };
}

export function nameOf(of: Labels): string {
  return line(labelOf(of, "alertname") ?? "", 200) || "an alert without a name";
}

/** Back to the first step, and not by one. */
export function isForAll(of: Labels): boolean | { readonly refused: string } {
  const all = labelOf(of, scopeLabel);
  if (all === undefined || all === "all") return all === "all";
  return { refused: `${scopeLabel}: there is 'all', or no such label` };
}

/** What a sender writes is a kind, or says which there are. */
export function readKind(text: string): SignalKind | "heartbeat" | { readonly refused: string } {
  const kind = signalKinds.find((each) => each === text);
  if (kind !== undefined) return kind;
  if (text === "heartbeat") return text;
  const there = [...signalKinds, "heartbeat"].join(", ");
  return { refused: `${kindLabel}: no signal '${line(text, 40)}'; there are ${there}` };
}

function kindOf(of: Labels): SignalKind | "heartbeat" | Exclude<Outcome, { signal: unknown }> {
  const text = labelOf(of, kindLabel);
  if (text !== undefined) return readKind(text);
  if (labelOf(of, "alertname") === watchdog) return "heartbeat";
  return { ignored: `no label ${kindLabel}` };
}

function ownMark({ fingerprint, labels: of }: Alert): string {
  return typeof fingerprint === "string" && isMark(fingerprint)
    ? fingerprint
    : fingerprintOfLabels(of);
}

function summaryOf(annotations: Labels): string {
  const parts = ["summary", "description"].flatMap((name) => labelOf(annotations, name) ?? []);
  return line(parts.join(": "), 1_000);
}
