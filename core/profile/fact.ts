/** What a profile is told: facts of instances, and of rollouts and people. */
import type { KernelEvent } from "../behaviour/event.ts";
import type { InstanceKey, Telling } from "./instance.ts";
import type { Rollout } from "./rollout.ts";
import type { Verdict } from "./verdict.ts";

/** The kernel's own count of one thing that an instance did, by its name; it stops at 255. */
export interface Use {
  readonly name: string;
  readonly count: number;
}

export type Fact =
  | {
      readonly fact: "began";
      readonly instance: InstanceKey;
      readonly image: string;
      readonly template: string;
      readonly fromStart: boolean;
      readonly tells: readonly Telling[];
    }
  /** An event of it; what it tells depends on the event's flags (learn.ts). */
  | {
      readonly fact: "seen";
      readonly instance: InstanceKey;
      readonly atMs: number;
      readonly event: KernelEvent;
    }
  /** What the kernel counts without telling each; once it was `retold`, what it did since. */
  | {
      readonly fact: "counted";
      readonly instance: InstanceKey;
      readonly atMs: number;
      readonly syscalls: readonly Use[];
      readonly compatSyscalls: readonly Use[];
      readonly capabilities: readonly Use[];
      readonly ringOperations: readonly Use[];
    }
  /** It lives, or lived, and was watched until then. Silence counts only where this is told. */
  | {
      readonly fact: "watched";
      readonly instance: InstanceKey;
      readonly atMs: number;
      /** Records of it that were lost until now. */
      readonly lost: number;
    }
  /** From then on system calls of it may have been made that nobody saw. */
  | { readonly fact: "calls_missed"; readonly instance: InstanceKey; readonly atMs: number }
  | { readonly fact: "ready"; readonly instance: InstanceKey; readonly atMs: number }
  /** It is steady, and from now on the kernel tells again what it had told of init. */
  | { readonly fact: "retold"; readonly instance: InstanceKey; readonly atMs: number }
  | { readonly fact: "rolled_out"; readonly rollout: Rollout }
  | { readonly fact: "decided"; readonly text: string; readonly verdict: Verdict };

type InstanceFact = Extract<Fact, { readonly instance: InstanceKey }>;
/** A fact of an instance with its time. */
export type TimedFact = Extract<InstanceFact, { readonly atMs: number }>;
