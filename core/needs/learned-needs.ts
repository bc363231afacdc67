/** What a profile asks a policy to let through: the seam from core/profile to core/policy. */
import { parseBehaviour } from "../behaviour/behaviour-text.ts";
import { learnedFacets } from "../behaviour/behaviour.ts";
import type { Learned, Need } from "../policy/compile/learned.ts";
import type { Entry } from "../profile/entry.ts";
import { generalise } from "../profile/generalise/generalise.ts";
import type { NameOf } from "../profile/generalise/group.ts";
import { isInitOnly, tellsPhases } from "../profile/phase.ts";
import type { Standing } from "../profile/lineage.ts";
import type { Profile } from "../profile/profile.ts";
import { isToldOf } from "../profile/told-of.ts";
import { generalisingOf, learnedOf, type Learned as Known } from "../profile/standing.ts";
import { needOf } from "./behaviour-need.ts";
import { needsOfGroup } from "./group-need.ts";

export interface NeedSettings {
  /** As spec.learning has it: what belongs to the start alone is allowed only there. */
  readonly lifecycleAware: boolean;
  readonly nameOf?: NameOf;
  readonly since?: Since;
}

/** `before-newest`: without what only the newest template has shown. */
export type Since = "before-newest" | undefined;

export function learnedNeeds(profile: Profile, settings: NeedSettings): Learned[] {
  const { lifecycleAware, nameOf = () => undefined, since } = settings;
  const generalising = generalisingOf(profile, nameOf);
  const needs = learnedFacets.flatMap((facet) => {
    const tells = lifecycleAware && tellsPhases(profile, facet);
    const entries = new Map(allowed(profile, facet, since).map(({ text, entry }) => [text, entry]));
    const { groups, exact } = generalise(entries.keys(), generalising);
    const isOfStart = (text: string) => tells && isOfInit(entries.get(text));
    return [
      ...[...exact].flatMap((text) => {
        const behaviour = parseBehaviour(text);
        const need = behaviour && needOf(behaviour);
        return need === undefined ? [] : [said(need, isOfStart(text))];
      }),
      ...groups.flatMap((group) =>
        needsOfGroup(group, generalising).map((need) => said(need, group.members.every(isOfStart))),
      ),
    ];
  });
  return [...needs, ...untold(profile, needs)];
}

/** What the profile might hold, had anybody told of it: what is mapped as code is read first. */
function untold(profile: Profile, needs: readonly Learned[]): Learned[] {
  const maps = isToldOf(profile, "mapped_code")
    ? []
    : needs.flatMap(({ need, ...rest }): Learned[] =>
        need.facet === "file" && need.access === "read"
          ? [{ need: { ...need, access: "exec" }, ...rest }]
          : [],
      );
  const namespaces = isToldOf(profile, "namespaces")
    ? []
    : [{ need: { facet: "namespace", object: "userns_create" } } as const];
  return [...maps, ...namespaces];
}

/** What a newer version did not show for long, and what an older one began, is none of it. */
export function allowed(
  profile: Profile,
  facet: (typeof learnedFacets)[number],
  since?: Since,
): Known[] {
  const isOut =
    since === undefined ? isPast : (standing: Standing) => isPast(standing) || standing === "new";
  return learnedOf(profile, facet).filter(({ standing }) => !isOut(standing));
}

const isPast = (standing: Standing) => standing === "aged" || standing === "foreign";

function isOfInit(entry: Entry | undefined): boolean {
  return entry !== undefined && isInitOnly(entry);
}

function said(need: Need, isOfStart: boolean): Learned {
  return isOfStart ? { need, startOnly: true } : { need };
}
