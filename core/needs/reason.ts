/** Why tables denied what an event tells of, or would have: in words. */
import type { KernelEvent } from "../behaviour/event.ts";
import { readingOf } from "../behaviour/reading.ts";
import type { Compiled } from "../policy/compile/compiled.ts";
import { denialText } from "../policy/compile/entry-text.ts";
import { judge } from "../policy/compile/judge.ts";
import { actOf } from "./behaviour-need.ts";

const onlyAtStart = "; it is allowed while the instance starts, and that is over";
const cut = "its path was cut or could not be resolved, so that no entry can be asked";

/**
 * Undefined where the tables do not deny it: they are newer than the event, say. An event does not
 * say whether its instance was starting; what is denied then is so in its work, too.
 */
export function reasonFor(tables: Compiled, event: KernelEvent): string | undefined {
  const { behaviours, unclear } = readingOf(event);
  if (unclear !== undefined) return cut;
  for (const behaviour of behaviours) {
    const act = actOf(behaviour);
    if (act === undefined) continue;
    const verdict = judge(tables, act, "steady");
    if (verdict.outcome === "allow") continue;
    const atStart = judge(tables, act, "start").outcome === "allow";
    return denialText(verdict) + (atStart ? onlyAtStart : "");
  }
  return undefined;
}
