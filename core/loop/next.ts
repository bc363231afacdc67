/** What comes next, and what it waits for: `pahlevan loop status` and the panel. */
import type { Ask } from "./ask.ts";
import { adjudicate } from "./adjudicate.ts";
import { conditions, type ConditionName } from "./conditions.ts";
import { enforcing, holdsOf } from "./holding.ts";
import type { Loop } from "./loop.ts";
import type { LoopSettings } from "./settings.ts";
import type { SignalKind } from "./signal.ts";
import { table } from "./table.ts";
import type { World } from "./world.ts";

export interface Next {
  readonly on: SignalKind | "look";
  readonly to: string;
  readonly does: string;
  /** Empty: it only has to be asked for. */
  readonly waitsFor: readonly string[];
}

/**
 * The ways on, as this node's own clock would ask for them: what an operator may always, is left
 * out.
 */
export function nextOf(loop: Loop, world: World, settings: LoopSettings): readonly Next[] {
  const verdict = adjudicate(
    {
      denials: world.denials,
      instances: world.instances.length,
      failed: world.failed,
      enforcing: enforcing(holdsOf(loop, world)),
      changed: world.changed,
      complaints: 0,
      nowMs: world.nowMs,
    },
    settings.weights,
    settings.freshMs,
  );
  return table
    .filter(({ from, on }) => from.includes(loop.phase) && ways.has(on))
    .filter(({ when }) => !when.some((name) => isNeverOurs(name)))
    .map(({ on, to, does, when }) => {
      const cause = { source: "timer", by: "timer", says: "" } as const;
      const ask: Ask = { kind: on, cause, all: false };
      const situation = { loop, world, settings, ask, verdict };
      return { on, to, does, waitsFor: when.flatMap((name) => conditions[name](situation) ?? []) };
    });
}

const ways: ReadonlySet<SignalKind | "look"> = new Set(["promote", "advance", "resume", "look"]);
const isNeverOurs = (name: ConditionName) => name === "byOperator";
