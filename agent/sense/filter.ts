/** Which events a listener asked for, and the kinds of which it wants every occurrence. */
import { kinds, type Facet, type Kind } from "@pahlevan/core/behaviour/event.ts";
import type { BehaviourEvent } from "@pahlevan/core/behaviour/event.ts";
import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";

/** An empty list asks for everything. */
export interface Filter {
  readonly workloads: readonly string[];
  readonly namespaces: readonly string[];
  readonly facets: readonly Facet[];
  readonly kinds: readonly Kind[];
  readonly every: readonly Kind[];
  /** Only what a policy decided. */
  readonly decisions: boolean;
}

export const everything: Filter = {
  workloads: [],
  namespaces: [],
  facets: [],
  kinds: [],
  every: [],
  decisions: false,
};

export function compile(filter: Filter): (event: BehaviourEvent) => boolean {
  const ofIdentity = compileIdentity(filter);
  const facets = new Set(filter.facets);
  const wanted = new Set(filter.kinds);
  const every = new Set(filter.every);
  return (event) => {
    const { kind } = event.detail;
    const isDecision = event.decision !== undefined;
    if (filter.decisions && !isDecision) return false;
    // A repeat that another listener asked for; decisions are told of each time.
    if (event.flags.includes("every") && !every.has(kind) && !isDecision) return false;
    if (facets.size + wanted.size > 0 && !facets.has(kinds[kind]) && !wanted.has(kind))
      return false;
    return ofIdentity(event.workload);
  };
}

export function compileIdentity(
  filter: Pick<Filter, "workloads" | "namespaces">,
): (identity: Pick<WorkloadIdentity, "workload" | "namespace">) => boolean {
  const workloads = filter.workloads.map(pattern);
  const namespaces = filter.namespaces.map(pattern);
  const fits = (patterns: readonly RegExp[], name: string) =>
    patterns.length === 0 || patterns.some((one) => one.test(name));
  return ({ workload, namespace }) => fits(workloads, workload) && fits(namespaces, namespace);
}

/**
 * "nginx*": the star matches anything, everything else itself. No backtracking to speak of: stars
 * are merged.
 */
function pattern(glob: string): RegExp {
  const parts = glob.split(/\*+/).map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}
