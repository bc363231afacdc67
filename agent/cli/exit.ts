/** How a command ends: the exit codes that scripts rely on, and the errors that lead to them. */

export const exitCodes = {
  fine: 0,
  /** The command looked for something, and it is there. */
  found: 1,
  wrongUse: 2,
  /** The machine lacks something: a right, a kernel feature, a free port. */
  environment: 3,
  /** As shells tell of who was ended by Ctrl-C. */
  interrupted: 130,
  /** A mistake of ours (EX_SOFTWARE); kept apart from "found something". */
  bug: 70,
} as const;

export class UsageError extends Error {}

export class EnvironmentError extends Error {}
