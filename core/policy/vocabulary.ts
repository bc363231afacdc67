/** The kernel's names, which a policy may use and core does not know by itself. */
import { didYouMean } from "./nearest.ts";
import { errorAt, type Problem } from "./problem.ts";
import type { PahlevanPolicy } from "./schema/policy.ts";

export interface Vocabulary {
  /** Of every architecture: a policy is for all of them. */
  readonly syscalls: ReadonlySet<string>;
  /** With CAP_. */
  readonly capabilities: ReadonlySet<string>;
}

/** A name that no kernel has would be a rule that never holds: a typing error, and refused. */
export function unknownNames(policy: PahlevanPolicy, known: Vocabulary): Problem[] {
  const { syscalls, capabilities } = policy.spec.enforcement ?? {};
  return [
    ...unknownIn("syscalls", "system call", known.syscalls, {
      allowedSyscalls: syscalls?.allowedSyscalls,
      deniedSyscalls: syscalls?.deniedSyscalls,
      exceptions: syscalls?.exceptions?.map(({ match }) => match),
    }),
    ...unknownIn("capabilities", "capability", known.capabilities, {
      allowed: capabilities?.allowed,
      denied: capabilities?.denied,
      exceptions: capabilities?.exceptions?.map(({ match }) => match),
    }),
  ];
}

function unknownIn(
  facet: string,
  what: string,
  known: ReadonlySet<string>,
  lists: Readonly<Record<string, readonly string[] | undefined>>,
): Problem[] {
  return Object.entries(lists).flatMap(([field, names = []]) =>
    names.flatMap((name, index) => {
      if (known.has(name)) return [];
      const end = field === "exceptions" ? ["match"] : [];
      const path = ["spec", "enforcement", facet, field, index, ...end];
      return [errorAt(path, `no ${what} is called '${name}'${didYouMean(name, known)}`)];
    }),
  );
}
