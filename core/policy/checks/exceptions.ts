/** Exceptions that end never, have ended, or except what is denied by name. */
import { errorAt, warningAt, type Problem } from "../problem.ts";
import { facetFields } from "../schema/enforcement.ts";
import type { PahlevanPolicy } from "../schema/policy.ts";
import { holdingCidr } from "../values/cidr.ts";
import type { EndpointMatch } from "../values/endpoint.ts";
import { instantText } from "../values/instant.ts";
import { holdingPath, type PathPattern } from "../values/path.ts";

type Enforcement = NonNullable<PahlevanPolicy["spec"]["enforcement"]>;

export function exceptionProblems(
  { enforcement = {} }: PahlevanPolicy["spec"],
  nowMs: number,
): Problem[] {
  return [...ending(enforcement, nowMs), ...denied(enforcement)];
}

function ending(enforcement: Enforcement, nowMs: number): Problem[] {
  return facetFields.flatMap((facet) =>
    (enforcement[facet]?.exceptions ?? []).flatMap(({ expires }, index) => {
      const path = ["spec", "enforcement", facet, "exceptions", index];
      if (expires === undefined) return [warningAt(path, "never expires; give it expires")];
      if (expires > nowMs) return [];
      return [
        warningAt([...path, "expires"], `was ${instantText(expires)}; it has no effect any more`),
      ];
    }),
  );
}

function denied({ syscalls, capabilities, files, processes, network }: Enforcement): Problem[] {
  const isIn =
    (names: readonly string[] = []) =>
    (name: string) =>
      names.includes(name);
  const isUnder = (paths: readonly PathPattern[] = []) => {
    const find = holdingPath(paths);
    return (path: PathPattern) => find(path) !== undefined;
  };
  const findCidr = holdingCidr(network?.deniedCIDRs ?? []);
  const isFar = ({ peer }: EndpointMatch) =>
    peer.kind === "cidr" && findCidr(peer.cidr) !== undefined;
  return [
    ...refusing("syscalls", "deniedSyscalls", syscalls?.exceptions, isIn(syscalls?.deniedSyscalls)),
    ...refusing("capabilities", "denied", capabilities?.exceptions, isIn(capabilities?.denied)),
    ...refusing("files", "deniedPaths", files?.exceptions, isUnder(files?.deniedPaths)),
    ...refusing(
      "processes",
      "deniedBinaries",
      processes?.exceptions,
      isUnder(processes?.deniedBinaries),
    ),
    ...refusing("network", "deniedCIDRs", network?.exceptions, isFar),
  ];
}

function refusing<T>(
  facet: string,
  field: string,
  exceptions: readonly { readonly match: T }[] = [],
  isDenied: (match: T) => boolean,
): Problem[] {
  return exceptions.flatMap(({ match }, index) => {
    if (!isDenied(match)) return [];
    const path = ["spec", "enforcement", facet, "exceptions", index, "match"];
    return [errorAt(path, `${field} denies it, and no exception lifts a deny; take it out there`)];
  });
}
