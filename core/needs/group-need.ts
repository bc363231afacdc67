/** A generalisation as a policy's tables name it. */
import { parseBehaviour } from "../behaviour/behaviour-text.ts";
import { pathOfName } from "../behaviour/name.ts";
import type { Need } from "../policy/compile/learned.ts";
import type { EndpointGroup, GeneraliseSettings, Group } from "../profile/generalise/group.ts";
import { guardOf, isAllowed } from "../profile/generalise/guard.ts";
import { needOf, reached } from "./behaviour-need.ts";

/** More than one where tables cannot say it by one. */
export function needsOfGroup(group: Group, { allowed }: GeneraliseSettings): Need[] {
  if (group.of === "endpoint") return endpoint(group);
  const { facet, access, pattern, members } = { facet: "file" as const, ...group };
  // A `*` of the name itself is written otherwise (name.ts).
  const segments = pattern.split("/").map((segment) => segment.split("*").map(pathOfName));
  const beforeWildcards = pattern.slice(0, pattern.indexOf("*"));
  if (isAllowed(beforeWildcards, allowed))
    return [{ facet, access, pattern: segments, evenGuarded: true }];
  return [{ facet, access, pattern: segments }, ...members.filter(isGuarded).flatMap(needsOfText)];
}

/** It is in the pattern because a person allowed wildcards where it lies, and not in all of it. */
function isGuarded(text: string): boolean {
  const behaviour = parseBehaviour(text);
  return behaviour?.facet === "file" && guardOf(behaviour.path) !== undefined;
}

function needsOfText(text: string): Need[] {
  const behaviour = parseBehaviour(text);
  const need = behaviour && needOf(behaviour);
  return need === undefined ? [] : [need];
}

function endpoint({ operation, protocol, to, named, ports, members }: EndpointGroup): Need[] {
  const facet = "network";
  if (!named) return [{ facet, operation, protocol, to: reached(to), ports }];
  if (operation === "connect" || operation === "send")
    return [{ facet, operation, protocol, to: { kind: "name", name: to }, ports }];
  // Names are of those that one reaches: one's own addresses are themselves.
  return members.flatMap(needsOfText);
}
