/** What a workload was refused lately, and who of it failed: what its loop weighs, bounded. */
import { behaviourText } from "@pahlevan/core/behaviour/behaviour-text.ts";
import type { BehaviourEvent } from "@pahlevan/core/behaviour/event.ts";
import { readingOf } from "@pahlevan/core/behaviour/reading.ts";
import type { Hold } from "@pahlevan/core/loop/holding.ts";
import { oddityOf } from "@pahlevan/core/loop/oddity.ts";
import type { Denial, World } from "@pahlevan/core/loop/world.ts";
import { actOf } from "@pahlevan/core/needs/behaviour-need.ts";
import { judgedFacets, type JudgedFacet } from "@pahlevan/core/policy/compile/act.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import { judge } from "@pahlevan/core/policy/compile/judge.ts";
import { rulesHolding } from "@pahlevan/core/profile/known-bad.ts";

interface Seen {
  readonly facet: JudgedFacet;
  readonly explicit: boolean;
  readonly sensitive: string | undefined;
  readonly oddity: number;
  readonly instances: Set<string>;
  /** By the part of the window: how often refused, and how often it only would have been. */
  readonly parts: Map<number, { denied: number; watched: number }>;
  lastMs: number;
}

/** More at once is no few exceptions: which they were does not matter any more. */
const mostBehaviours = 512;
/** Of as many as an agent tells apart: half of them have to be counted to be half. */
const mostInstances = 16_384;
const mostFailures = 256;
/** Of a window: what is older than it goes by so much. */
const partsOfWindow = 12;

export class Evidence {
  readonly #windowMs: number;
  readonly #seen = new Map<string, Seen>();
  readonly #failures: { readonly atMs: number; readonly isEnforced: boolean }[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** An act that was refused, or would have been: by these tables. */
  see(event: BehaviourEvent, id: string, tables: Compiled | undefined, atMs: number): void {
    const { decision } = event;
    if (decision === undefined || decision.action === "tell") return;
    const facet = judgedFacets.find((each) => each === decision.facet);
    if (facet === undefined) return;
    const isDenied = decision.action === "deny" || decision.action === "kill";
    for (const behaviour of readingOf(event).behaviours) {
      const text = behaviourText(behaviour);
      const seen =
        this.#seen.get(text) ??
        this.#first(text, () => {
          const act = actOf(behaviour);
          const [rule] = rulesHolding(behaviour, event);
          return {
            facet,
            explicit: act !== undefined && tables !== undefined && judge(tables, act).by === "deny",
            sensitive: rule?.reason,
            oddity: oddityOf(behaviour),
          };
        });
      if (seen === undefined) continue;
      if (seen.instances.size < mostInstances) seen.instances.add(id);
      const part = Math.floor(atMs / this.#partMs);
      const counts = seen.parts.get(part) ?? { denied: 0, watched: 0 };
      counts[isDenied ? "denied" : "watched"]++;
      seen.parts.set(part, counts);
      seen.lastMs = Math.max(seen.lastMs, atMs);
    }
  }

  failed(atMs: number, hold: Hold): void {
    this.#failures.push({ atMs, isEnforced: hold === "enforced" || hold === "quarantined" });
    if (this.#failures.length > mostFailures) this.#failures.shift();
  }

  at(nowMs: number): Pick<World, "denials" | "failed"> {
    const sinceMs = nowMs - this.#windowMs;
    const since = Math.floor(sinceMs / this.#partMs);
    for (const [text, { parts, lastMs }] of this.#seen) {
      for (const part of parts.keys()) if (part < since) parts.delete(part);
      if (lastMs < sinceMs) this.#seen.delete(text);
    }
    while ((this.#failures[0]?.atMs ?? nowMs) < sinceMs) this.#failures.shift();
    const enforced = this.#failures.filter(({ isEnforced }) => isEnforced).length;
    return {
      denials: [...this.#seen].map(([behaviour, seen]) => denialOf(behaviour, seen)),
      failed: { enforced, watched: this.#failures.length - enforced },
    };
  }

  /** Whether it was refused something since then. */
  isRefused(id: string, sinceMs: number): boolean {
    return [...this.#seen.values()].some(
      ({ instances, parts, lastMs }) =>
        lastMs >= sinceMs &&
        instances.has(id) &&
        [...parts.values()].some(({ denied }) => denied > 0),
    );
  }

  /** The loop has moved: what comes from now on counts. */
  clear(): void {
    this.#seen.clear();
    this.#failures.length = 0;
  }

  get #partMs(): number {
    return this.#windowMs / partsOfWindow;
  }

  #first(
    text: string,
    judged: () => Omit<Seen, "instances" | "parts" | "lastMs">,
  ): Seen | undefined {
    if (this.#seen.size >= mostBehaviours) return undefined;
    const seen = { ...judged(), instances: new Set<string>(), parts: new Map(), lastMs: 0 };
    this.#seen.set(text, seen);
    return seen;
  }
}

function denialOf(behaviour: string, { instances, parts, ...seen }: Seen): Denial {
  const counts = [...parts.values()];
  return {
    behaviour,
    ...seen,
    instances: [...instances],
    denied: counts.reduce((sum, { denied }) => sum + denied, 0),
    watched: counts.reduce((sum, { watched }) => sum + watched, 0),
  };
}
