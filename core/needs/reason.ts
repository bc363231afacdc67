/** Why tables denied what an event tells of, or would have: in words. */
import type { KernelEvent } from "../behaviour/event.ts";
import { readingOf } from "../behaviour/reading.ts";
import type { Compiled } from "../policy/compile/compiled.ts";
import { denialText } from "../policy/compile/entry-text.ts";
import { judge } from "../policy/compile/judge.ts";
import { actOf } from "./behaviour-need.ts";

const cut = "its path was cut or could not be resolved, so that no entry can be asked";

/** Undefined where the tables do not deny it: they are newer than the event, say. */
export function reasonFor(tables: Compiled, event: KernelEvent): string | undefined {
  const { behaviours, unclear } = readingOf(event);
  if (unclear !== undefined) return cut;
  for (const behaviour of behaviours) {
    const act = actOf(behaviour);
    const verdict = act && judge(tables, act, "steady");
    if (verdict !== undefined && verdict.outcome !== "allow") return denialText(verdict);
  }
  return undefined;
}
