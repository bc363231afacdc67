/**
 * Where a sideways phase goes back to. Who is quarantined may be suspended, who is suspended may
 * fall into an emergency: each ends by what ends it, and what was there before it is there again.
 */
import type { Before, Loop } from "./loop.ts";
import type { Phase } from "./phase.ts";

type Sideways = "Quarantine" | "Emergency" | "Suspended";

/** Of who goes aside now. */
export function asideFrom(loop: Loop, to: Sideways, causes: readonly string[]): Before {
  const { phase, step, before, quarantined } = loop;
  if (phase === "Healing" && before !== undefined) {
    // What it is healed to; nobody goes on with a remedy half given.
    const goal = { phase: before.phase, step: before.step };
    return { ...goal, causes, ...(goal.phase === "RolledBack" && { before }) };
  }
  const kept = before && without(before, to);
  return {
    phase,
    step,
    causes,
    ...(quarantined !== undefined && { quarantined }),
    ...(kept !== undefined && { before: kept }),
  };
}

/** Of who comes back: undefined where he came from nowhere. */
export function backIn({ before }: Loop): Pick<Loop, "before" | "quarantined"> {
  if (before === undefined) return {};
  const { phase, causes, quarantined } = before;
  const next = before.before ?? (phase === "RolledBack" ? { phase, step: 0, causes } : undefined);
  return { ...(next && { before: next }), ...(quarantined !== undefined && { quarantined }) };
}

/** The phase that decides how instances are held, below those that leave that as it is. */
export function standing(loop: Loop): Pick<Loop, "phase" | "step"> {
  let at: Pick<Loop, "phase" | "step" | "before"> = loop;
  while (at.before !== undefined && isTransparent(at.phase)) at = at.before;
  return at;
}

/** It is there, or goes back to it sooner or later. */
export function isInOrUnder(loop: Loop, phase: Phase): boolean {
  for (let at: Pick<Before, "phase" | "before"> | undefined = loop; at; at = at.before)
    if (at.phase === phase) return true;
  return false;
}

/** Who may reach nobody. */
export function lockedIn(loop: Loop): readonly string[] | "all" {
  let at: Pick<Loop, "phase" | "quarantined" | "before"> = loop;
  while (at.before !== undefined && at.phase === "Suspended") at = at.before;
  return at.phase === "Quarantine" ? (at.quarantined ?? []) : [];
}

/** Of two quarantines: who is in either. */
export function lockedToo(loop: Loop, more: readonly string[] | "all"): readonly string[] | "all" {
  for (let at: Before | undefined = loop.before; at !== undefined; at = at.before) {
    if (at.phase !== "Quarantine" || at.quarantined === undefined) continue;
    if (more === "all" || at.quarantined === "all") return "all";
    return [...new Set([...at.quarantined, ...more])];
  }
  return more;
}

function isTransparent(phase: Phase): boolean {
  return phase === "Suspended" || phase === "Quarantine" || phase === "Healing";
}

/** It goes there again: the first time ends with the second. */
function without(before: Before, phase: Sideways): Before {
  if (before.phase === phase && before.before !== undefined)
    return { ...before.before, causes: before.causes };
  const inner = before.before && without(before.before, phase);
  return inner === before.before || inner === undefined ? before : { ...before, before: inner };
}
