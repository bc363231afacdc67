/**
 * An alert that asks for what is so already: it is done, and has to be over, too, before that ends
 * by itself. Else it would ask again the moment that somebody ends it.
 */
import type { Ask } from "./ask.ts";
import type { Loop } from "./loop.ts";
import type { Phase } from "./phase.ts";
import type { SignalKind } from "./signal.ts";

const asksFor: Partial<Record<SignalKind, Phase>> = {
  quarantine: "Quarantine",
  emergency: "Emergency",
  rollback: "RolledBack",
};

export function isSoAlready({ kind }: Ask, { phase }: Loop): boolean {
  return kind !== "look" && asksFor[kind] === phase;
}

/** Where a person asked for it, first or later, a person ends it: no alert changes that. */
export function joined(loop: Loop, { occurrence, cause }: Ask): Loop {
  const { before } = loop;
  if (before === undefined || before.causes.length === 0 || occurrence === undefined) return loop;
  if (cause.source === "operator") return { ...loop, before: { ...before, causes: [] } };
  const causes = [...new Set([...before.causes, occurrence])].slice(-mostCauses);
  return { ...loop, before: { ...before, causes } };
}

const mostCauses = 256;
