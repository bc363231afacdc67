/** What a workload was seen doing, as acts: what the dry run asks tables about. */
import { parseBehaviour } from "../behaviour/behaviour-text.ts";
import { learnedFacets } from "../behaviour/behaviour.ts";
import type { Recorded } from "../policy/compile/start-up.ts";
import type { Entry } from "../profile/entry.ts";
import { deniedByPolicy } from "../profile/known-bad.ts";
import type { Profile } from "../profile/profile.ts";
import { waiting } from "../profile/standing.ts";
import { allowed, type Since } from "./learned-needs.ts";
import { actOf } from "./behaviour-need.ts";

/** What a policy denied is no need of the workload yet. */
const isAboutTheAct = (rule: string) => rule !== deniedByPolicy.name;

/** What it does and may do. */
export function recordedOf(profile: Profile, since?: Since): Recorded[] {
  return learnedFacets.flatMap((facet) =>
    allowed(profile, facet, since).flatMap(({ text, entry }) => actsOf(text, entry)),
  );
}

/** With what waits for a person: it was done, and the workload may not work without. */
export function recordedWithHeld(profile: Profile): Recorded[] {
  const held = [...waiting(profile)].filter(([, { rules }]) => rules.some(isAboutTheAct));
  return [...recordedOf(profile), ...held.flatMap(([text, entry]) => actsOf(text, entry))];
}

function actsOf(text: string, { init, steady }: Entry): Recorded[] {
  const behaviour = parseBehaviour(text);
  const act = behaviour && actOf(behaviour);
  if (act === undefined) return [];
  return [
    ...(init ? [{ act, moment: "start" } as const] : []),
    ...(steady ? [{ act, moment: "work" } as const] : []),
  ];
}
