/** A generalisation as a policy's tables name it. */
import { parseBehaviour } from "../behaviour/behaviour-text.ts";
import { pathOfName } from "../behaviour/name.ts";
import type { Need } from "../policy/compile/learned.ts";
import type { EndpointGroup, Group } from "../profile/generalise/group.ts";
import { needOf, reached } from "./behaviour-need.ts";

/** More than one where tables cannot say it by one. */
export function needsOfGroup(group: Group): Need[] {
  if (group.of === "endpoint") return endpoint(group);
  const { access, pattern } = group;
  // A `*` of the name itself is written otherwise (name.ts).
  const segments = pattern.split("/").map((segment) => segment.split("*").map(pathOfName));
  return [{ facet: "file", access, pattern: segments }];
}

function endpoint({ operation, protocol, to, named, ports, members }: EndpointGroup): Need[] {
  const facet = "network";
  if (!named) return [{ facet, operation, protocol, to: reached(to), ports }];
  if (operation === "connect" || operation === "send")
    return [{ facet, operation, protocol, to: { kind: "name", name: to }, ports }];
  // Names are of those that one reaches: one's own addresses are themselves.
  return members.flatMap((text) => {
    const behaviour = parseBehaviour(text);
    return (behaviour && needOf(behaviour)) ?? [];
  });
}
