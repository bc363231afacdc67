/**
 * From behaviours to what a policy would list: patterns where a rule found one, the rest as it is.
 * The behaviours themselves stay in the profile: a refused or changed rule undoes what it made.
 */
import { cidrOf, holdsAddress, peerAddress } from "../../behaviour/cidr.ts";
import { parseBehaviour } from "../../behaviour/behaviour-text.ts";
import type { Behaviour } from "../../behaviour/behaviour.ts";
import { rulesHolding } from "../known-bad.ts";
import { addressGuard } from "./address-guard.ts";
import { generaliseEndpoints, type TextOfEndpoint } from "./endpoints.ts";
import {
  usualGeneralising,
  type EndpointGroup,
  type GeneraliseSettings,
  type Group,
} from "./group.ts";
import { guardOf } from "./guard.ts";
import { matchesPath } from "./path-pattern.ts";
import { generalisePaths, type AccessedPath } from "./paths.ts";

export interface Generalised {
  readonly groups: readonly Group[];
  /** The texts of what no rule took. */
  readonly exact: ReadonlySet<string>;
}

export function generalise(
  texts: Iterable<string>,
  settings: GeneraliseSettings = usualGeneralising,
): Generalised {
  const paths: AccessedPath[] = [];
  const endpoints: TextOfEndpoint[] = [];
  const exact = new Set(texts);
  for (const text of exact) {
    const behaviour = parseBehaviour(text);
    // What a person allowed although it is known-bad stands for itself and for nothing else.
    if (behaviour === undefined || rulesHolding(behaviour, undefined).length > 0) continue;
    if (behaviour.facet === "file") paths.push(behaviour);
    else if (behaviour.facet === "network" && "port" in behaviour)
      endpoints.push({ text, endpoint: behaviour });
  }
  const groups = [...generalisePaths(paths, settings), ...generaliseEndpoints(endpoints, settings)];
  for (const { members } of groups) for (const member of members) exact.delete(member);
  return { groups, exact };
}

/** What a behaviour is allowed by: itself, a pattern, or nothing. */
export function admits(
  { exact, groups }: Generalised,
  text: string,
  settings: GeneraliseSettings = usualGeneralising,
): "exact" | Group | undefined {
  if (exact.has(text)) return "exact";
  const behaviour = parseBehaviour(text);
  if (behaviour === undefined || rulesHolding(behaviour, undefined).length > 0) return undefined;
  return groups.find((group) => covers(group, behaviour, settings));
}

/**
 * A pattern never speaks for what is guarded or known-bad, even where its letters fit: of `/data/*`
 * a key in there is none.
 */
function covers(group: Group, behaviour: Behaviour, settings: GeneraliseSettings): boolean {
  if (group.of === "path") {
    return (
      behaviour.facet === "file" &&
      behaviour.access === group.access &&
      matchesPath(group.pattern, behaviour.path) &&
      guardOf(behaviour.path, settings.allowed) === undefined
    );
  }
  if (behaviour.facet !== "network" || !("port" in behaviour)) return false;
  const [from, to] = group.ports;
  const { operation, protocol, address, port } = behaviour;
  if (operation !== group.operation || protocol !== group.protocol) return false;
  return port >= from && port <= to && reaches(group, address, settings);
}

function reaches({ to, named }: EndpointGroup, address: string, settings: GeneraliseSettings) {
  if (named) return to === settings.nameOf(address);
  if (to === address) return true;
  const [base = "", prefix] = to.split("/");
  const first = peerAddress(base);
  const given = peerAddress(address);
  if (prefix === undefined || first === undefined || given === undefined) return false;
  return holdsAddress(cidrOf(first, Number(prefix)), given) && addressGuard(given) === undefined;
}

/** In one sentence, for a person who decides whether to let it stand. */
export function explain({ text, why, members }: Group): string {
  const shown = members.slice(0, 3).map((member) => member.slice(member.lastIndexOf(" ") + 1));
  const more = members.length > shown.length ? `, and ${members.length - shown.length} more` : "";
  return `${text}, because ${why}: ${shown.join(", ")}${more}`;
}
