/** What is wrong with a policy, for the one who wrote it. */
import { pathShown } from "./shown.ts";

export interface Problem {
  /** An error refuses the policy; a warning says that some part of it has no or another effect. */
  readonly severity: "error" | "warning";
  readonly path: readonly (string | number)[];
  /** Completes "spec.learning.duration …". */
  readonly says: string;
}

/** "policy web: spec.enforcement.netwrok: unknown field; did you mean network?" */
export function problemText(policy: string, { path, says }: Problem): string {
  const where = pathShown(path);
  return `policy ${policy}: ${where}${where === "" ? "" : ": "}${says}`;
}

export const errorAt = (path: Problem["path"], says: string): Problem => ({
  severity: "error",
  path,
  says,
});

export const warningAt = (path: Problem["path"], says: string): Problem => ({
  severity: "warning",
  path,
  says,
});
