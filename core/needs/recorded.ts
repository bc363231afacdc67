/** What a workload was seen doing, as acts: what the dry run asks tables about. */
import { parseBehaviour } from "../behaviour/behaviour-text.ts";
import { learnedFacets } from "../behaviour/behaviour.ts";
import type { Recorded } from "../policy/compile/start-up.ts";
import type { Entry } from "../profile/entry.ts";
import { deniedByPolicy } from "../profile/known-bad.ts";
import type { Profile } from "../profile/profile.ts";
import { allowed } from "./learned-needs.ts";
import { actOf } from "./behaviour-need.ts";

/** What a policy denied is no need of the workload yet. */
const isAboutTheAct = (rule: string) => rule !== deniedByPolicy.name;

/** With what waits for a person: it was done, and the workload may not work without. */
export function recordedOf(profile: Profile): Recorded[] {
  const seen: (readonly [string, Entry])[] = [
    ...learnedFacets.flatMap((facet) =>
      allowed(profile, facet).map(({ text, entry }) => [text, entry] as const),
    ),
    ...[...profile.held.entries].filter(([, { rules }]) => rules.some(isAboutTheAct)),
  ];
  return seen.flatMap(([text, { init, steady }]) => {
    const behaviour = parseBehaviour(text);
    const act = behaviour && actOf(behaviour);
    if (act === undefined) return [];
    return [
      ...(init ? [{ act, moment: "start" } as const] : []),
      ...(steady ? [{ act, moment: "work" } as const] : []),
    ];
  });
}
