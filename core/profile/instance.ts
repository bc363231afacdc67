/**
 * What a profile knows of one instance: how long it was watched, how well, and where in its life.
 */
import { least } from "./least.ts";

/** Its id alone would not do: ids of units and commands are used again. */
export interface InstanceKey {
  readonly id: string;
  readonly startedMs: number;
}

/** What kernels and older releases do not all tell of: silence about it says nothing there. */
export const tellings = ["namespaces", "mapped_code"] as const;
export type Telling = (typeof tellings)[number];

export interface Instance extends InstanceKey {
  readonly image: string;
  /**
   * The pod template, unit file or command that it was made from; with a new one begins a rollout.
   */
  readonly template: string;
  /** It ran before it was watched. */
  readonly adopted: boolean;
  /** Records of it that were lost. */
  readonly lost: number;
  /** Facts whose object is not known as a policy would need it. */
  readonly unclear: number;
  /** Facts told and counted, repeats too. */
  readonly samples: number;
  readonly watchedToMs: number;
  /** When it last did something that it had not done before. */
  readonly newsMs: number;
  /** When it first listened, or was said to be ready. */
  readonly readyMs?: number;
  readonly steadySinceMs?: number;
  /** At `steadySinceMs` the kernel forgot what it had told, so init and steady are told apart. */
  readonly retold: boolean;
  /** Since when its system calls were not all watched. */
  readonly callsMissedMs?: number;
  /** What was told of by whoever watched it. */
  readonly tells: readonly Telling[];
}

/** "1732200000000/3f2a…" */
export function keyOf({ id, startedMs }: InstanceKey): string {
  return `${startedMs}/${id}`;
}

/** In a full table the newest stay. */
export function ageRank(key: string): number {
  return -Number(key.slice(0, key.indexOf("/")));
}

/** Of one instance as two have seen it. */
export function joinedInstance(a: Instance, b: Instance): Instance {
  const readyMs = least(a.readyMs, b.readyMs);
  const steadySinceMs = least(a.steadySinceMs, b.steadySinceMs);
  const callsMissedMs = least(a.callsMissedMs, b.callsMissedMs);
  return {
    id: a.id,
    startedMs: a.startedMs,
    // Both are the same, unless somebody is wrong; then at least everybody takes the same.
    image: greater(a.image, b.image),
    template: greater(a.template, b.template),
    adopted: a.adopted || b.adopted,
    lost: Math.max(a.lost, b.lost),
    unclear: Math.max(a.unclear, b.unclear),
    samples: Math.max(a.samples, b.samples),
    watchedToMs: Math.max(a.watchedToMs, b.watchedToMs),
    newsMs: Math.max(a.newsMs, b.newsMs),
    retold: a.retold || b.retold,
    tells: tellings.filter((each) => a.tells.includes(each) && b.tells.includes(each)),
    ...(readyMs !== undefined && { readyMs }),
    ...(steadySinceMs !== undefined && { steadySinceMs }),
    ...(callsMissedMs !== undefined && { callsMissedMs }),
  };
}

/** Whether what it did not do says anything: only of an instance that was seen whole. */
export function completes({ adopted, lost }: Instance): boolean {
  return !adopted && lost === 0;
}

function greater(a: string, b: string): string {
  return a > b ? a : b;
}
