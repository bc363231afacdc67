/**
 * Which instances enforce first: the same ones each time that one asks, each step with those of the
 * step before, and spread over nodes.
 */
import type { Step } from "../policy/values/step.ts";

interface Candidate {
  readonly id: string;
  readonly node: string;
}

/** How many of `total` a step holds: at least one, so that every step shows something. */
export function sizeOf(step: Step | undefined, total: number): number {
  if (step === undefined) return total;
  const wanted = "percent" in step ? Math.ceil((step.percent * total) / 100) : step.instances;
  return Math.min(total, Math.max(1, wanted));
}

/** Of each step, the last one being all; none holds fewer than the one before it. */
export function stepSizes(steps: readonly Step[], total: number): readonly number[] {
  const sizes = [...steps.map((step) => sizeOf(step, total)), total];
  return sizes.map((_, at) => Math.max(...sizes.slice(0, at + 1)));
}

/** The next step that holds more; undefined: this one holds all. */
export function stepAfter(sizes: readonly number[], step: number): number | undefined {
  const size = sizes[step] ?? sizes.at(-1) ?? 0;
  const next = sizes.findIndex((other) => other > size);
  return next < 0 ? undefined : next;
}

/** The last step that holds fewer; undefined: there is none. */
export function stepBefore(sizes: readonly number[], step: number): number | undefined {
  const size = sizes[step] ?? sizes.at(-1) ?? 0;
  const last = sizes.findLastIndex((other) => other < size);
  return last < 0 ? undefined : last;
}

export function canaries(
  instances: readonly Candidate[],
  size: number,
  seed: string,
): ReadonlySet<string> {
  const order = (text: string) => placeOf(`${seed}/${text}`);
  const byPlace = (a: string, b: string) => order(a) - order(b) || (a < b ? -1 : 1);
  const byNode = Map.groupBy(instances, ({ node }) => node);
  const nodes = [...byNode.keys()].sort(byPlace);
  const queues = nodes.map((node) => (byNode.get(node) ?? []).map(({ id }) => id).sort(byPlace));
  // One of each node, then a second one of each: a node that is lost takes few of them with it.
  const rounds = Math.max(0, ...queues.map(({ length }) => length));
  const inOrder = Array.from({ length: rounds }, (_, round) =>
    queues.flatMap((queue) => queue.slice(round, round + 1)),
  ).flat();
  return new Set(inOrder.slice(0, size));
}

/** FNV-1a and a finish that mixes: neighbours by name are no neighbours by place. No secret. */
function placeOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
