/**
 * What a profile keeps of one behaviour: who showed it first, which templates showed it last, and
 * in which phases.
 */
import { identitiesOfProgram, instancesOfBehaviour, templatesOfBehaviour } from "./limits.ts";
import { least } from "./least.ts";
import { countOf, earliest, latest, type Stamp } from "./stamps.ts";

export interface Entry {
  /** By the instance's key; the earliest few, earliest first. Never empty. */
  readonly instances: readonly Stamp[];
  /** More instances showed it than are listed. */
  readonly more: boolean;
  /** By template; when an instance of it last told of it, latest first. Never empty. */
  readonly templates: readonly Stamp[];
  readonly init: boolean;
  readonly steady: boolean;
  /** When the work first did it, as far as was told. */
  readonly steadyMs?: number;
  /** Its path is what a caller passed, on a kernel that tells no better. */
  readonly asCalled: boolean;
  /** Of a program: "device:inode" of the files that its path named, latest first. */
  readonly identities: readonly Stamp[];
}

export function joinedEntry(a: Entry, b: Entry): Entry {
  const most = instancesOfBehaviour;
  const steadyMs = least(a.steadyMs, b.steadyMs);
  return {
    instances: earliest(a.instances, b.instances, most),
    more: a.more || b.more || countOf(a.instances, b.instances) > most,
    templates: latest(a.templates, b.templates, templatesOfBehaviour),
    init: a.init || b.init,
    steady: a.steady || b.steady,
    ...(steadyMs !== undefined && { steadyMs }),
    asCalled: a.asCalled || b.asCalled,
    identities: latest(a.identities, b.identities, identitiesOfProgram),
  };
}

export function firstMs({ instances }: Entry): number {
  return instances[0]?.atMs ?? 0;
}

/** How often it was met, as Good–Turing counts: 3 stands for more than twice. */
export function incidence({ instances }: Entry): 1 | 2 | 3 {
  return instances.length === 1 ? 1 : instances.length === 2 ? 2 : 3;
}
