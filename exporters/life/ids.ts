/**
 * Names of traces and spans that anybody who knows the loop finds again: before a span is told, at
 * its end, and after a restart in between.
 */
import { createHash } from "node:crypto";
import type { Loop, Transition } from "@pahlevan/core/loop/loop.ts";

/** Whose life it is: hosts with the same policy tell lives of their own. */
export interface Place {
  readonly host: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly policy: string;
  readonly workload: string;
}

export function traceIdOf(place: Place, { bornMs }: Pick<Loop, "bornMs">): string {
  const { host, cluster, namespace, policy, workload } = place;
  return hexOf(["life", host, cluster, namespace, policy, workload, bornMs ?? ""], 16);
}

export function rootSpanIdOf(traceId: string): string {
  return hexOf(["root", traceId], 8);
}

/** A stay is known by how it began: the transition that led there, or the loop's birth. */
export function staySpanIdOf(traceId: string, began: Transition | undefined): string {
  if (began === undefined) return hexOf(["stay", traceId, "birth"], 8);
  const { from, to, step, atMs } = began;
  return hexOf(["stay", traceId, from, to, step, atMs], 8);
}

/** Never all zeros, which would be no id: one in 2^64, as with any. */
export function hexOf(parts: readonly (string | number)[], bytes: number): string {
  return createHash("sha256")
    .update(JSON.stringify(parts))
    .digest("hex")
    .slice(0, 2 * bytes);
}
