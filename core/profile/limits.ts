/** How large a profile may grow, in each of its parts. Past a limit it says so (bounded.ts). */
import type { LearnedFacet } from "../behaviour/behaviour.ts";

/**
 * Behaviours of each facet. Files have by far the most: a container image's own, and what it makes.
 */
export const behaviourLimits: Readonly<Record<LearnedFacet, number>> = {
  exec: 4_096,
  file: 8_192,
  network: 8_192,
  syscall: 1_024,
  capability: 64,
  credential: 1_024,
  mount: 1_024,
  ptrace: 1_024,
  bpf: 256,
  module: 512,
  io_uring: 256,
  namespace: 64,
};
export const heldLimit = 1_024;
export const instanceLimit = 1_024;
export const rolloutLimit = 16;
export const verdictLimit = 4_096;

/** Of one behaviour: the instances that showed it first. */
export const instancesOfBehaviour = 8;
/** The templates that showed it last. */
export const templatesOfBehaviour = 4;
/** The files (device and inode) that a program's path named last. */
export const identitiesOfProgram = 8;
/** The programs that did what is held, of each held behaviour. */
export const actorsOfHeld = 8;
