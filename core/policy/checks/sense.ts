/** Policies that are well written, and would not do what their author wants. */
import { errorAt, warningAt, type Problem } from "../problem.ts";
import { facetFields } from "../schema/enforcement.ts";
import type { PahlevanPolicy } from "../schema/policy.ts";
import { stepText } from "../values/step.ts";

type Spec = PahlevanPolicy["spec"];

export function selectsEverything({ selector }: Spec): Problem[] {
  const demands =
    Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0);
  if (demands > 0) return [];
  return [
    warningAt(["spec", "selector"], "is empty: the policy rules every workload of its namespace"),
  ];
}

/** A facet whose own default opens what blockUnknown closes. */
export function takenOut({ enforcement = {} }: Spec): Problem[] {
  if (!enforcement.blockUnknown) return [];
  return facetFields.flatMap((facet) => {
    const action = enforcement[facet]?.defaultAction;
    if (action === undefined || action === "deny") return [];
    const path = ["spec", "enforcement", facet, "defaultAction"];
    return [warningAt(path, `${action} takes this facet out of blockUnknown: unknown ones pass`)];
  });
}

/** Without any of these no program starts. (No network and no capabilities are good policies.) */
const needed = {
  syscalls: "allowedSyscalls",
  files: "allowedPaths",
  processes: "allowedBinaries",
} as const;

export function deniesEverything({ learning = {}, enforcement = {} }: Spec): Problem[] {
  if (learning.enabled !== false) return [];
  const allowed = {
    syscalls: enforcement.syscalls?.allowedSyscalls ?? [],
    files: [
      ...(enforcement.files?.allowedPaths ?? []),
      ...(enforcement.files?.readOnlyPaths ?? []),
    ],
    processes: enforcement.processes?.allowedBinaries ?? [],
  };
  const facets = ["syscalls", "files", "processes"] as const;
  const closed = facets.filter((facet) => {
    const unlisted =
      enforcement[facet]?.defaultAction ?? (enforcement.blockUnknown ? "deny" : "allow");
    return unlisted === "deny" && allowed[facet].length === 0;
  });
  return closed.map((facet) =>
    warningAt(
      ["spec", "enforcement", facet],
      `learns nothing (learning.enabled: false), allows nothing and denies the rest: without a ` +
        `profile learned before, nothing starts. Learn, or fill ${needed[facet]}`,
    ),
  );
}

/** Each kind has to grow; a count and a share are compared when the instances are known. */
export function canarySteps({ enforcement = {} }: Spec): Problem[] {
  const steps = enforcement.canary?.steps ?? [];
  return steps.flatMap((step, index) => {
    const path = ["spec", "enforcement", "canary", "steps", index];
    const isAfterAll = steps
      .slice(0, index)
      .some((each) => "percent" in each && each.percent === 100);
    if (isAfterAll) return [errorAt(path, "comes after 100%, which is all of them already")];
    const before = steps
      .slice(0, index)
      .findLast((each) => "percent" in each === "percent" in step);
    if (before === undefined || sizeOf(before) < sizeOf(step)) return [];
    return [
      errorAt(path, `'${stepText(step)}' does not come after '${stepText(before)}': steps grow`),
    ];
  });
}

function sizeOf(step: { readonly instances: number } | { readonly percent: number }): number {
  return "percent" in step ? step.percent : step.instances;
}
