/** A signal as a row of the store, and back. */
import type { SQLOutputValue } from "node:sqlite";
import * as z from "zod";
import { signalKinds, sources, type Signal } from "@pahlevan/core/loop/signal.ts";
import { numberIn, textIn } from "./columns.ts";
import { reasonOf, StoreError } from "./error.ts";

export interface StoredSignal {
  readonly signal: Signal;
  /** Later changes have greater ones; a change of a signal's status gives it a new one. */
  readonly changed: number;
  readonly changedMs: number;
  /** Of one that is over, by its sender's clock, where it said so. */
  readonly endsAtMs?: number;
}

const name = z.string().exactOptional();
/** What is in one column, because nothing looks for it. */
const saidShape = z.object({
  kind: z.enum(signalKinds),
  target: z.object({ cluster: name, namespace: name, policy: name, workload: name }),
  by: z.string(),
  says: z.string(),
  url: name,
  all: z.boolean().exactOptional(),
});

const keyShape = z.object({
  source: z.enum(sources),
  fingerprint: z.string(),
  startsAtMs: z.number(),
  status: z.enum(["firing", "resolved"]),
});

export function saidBy({ kind, target, by, says, url, all }: Signal): string {
  return JSON.stringify({ kind, target, by, says, url, all });
}

export function signalIn(row: Readonly<Record<string, SQLOutputValue>>): StoredSignal {
  try {
    const { starts_ms: startsAtMs, ends_ms: endsAtMs, source, fingerprint, status } = row;
    return {
      signal: {
        ...keyShape.parse({ source, fingerprint, startsAtMs, status }),
        ...saidShape.parse(JSON.parse(textIn(row, "said"))),
      },
      changed: numberIn(row, "changed"),
      changedMs: numberIn(row, "changed_ms"),
      ...(typeof endsAtMs === "number" && { endsAtMs }),
    };
  } catch (error) {
    throw new StoreError(`a stored signal cannot be used: ${reasonOf(error)}`);
  }
}
