/**
 * Whether system calls are watched: as long as somebody needs it, as it costs each of them. Who
 * needs it gets it at once, who needs it no more is waited for a while, so that it does not go on
 * and off. Where policies alone need it, what they deny is stopped at the functions of those calls,
 * if the kernel has such places; a policy that changes is watched for at the entry until then.
 */
import type { KernelEvent } from "@pahlevan/core/behaviour/event.ts";
import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import { subjectOf } from "../learn/subject.ts";
import type { Learning } from "../learn/learning.ts";
import type { Logger } from "./log.ts";
import type { Senses } from "./senses.ts";

export interface CallsWatchedOptions {
  readonly senses: Pick<
    Senses,
    "watchesCalls" | "watchCalls" | "canGuardCalls" | "guardsCalls" | "guardCalls"
  >;
  readonly learning: Pick<Learning, "learnsCalls" | "knowsCalls" | "callsEnd">;
  readonly identityOf: (event: Pick<KernelEvent, "cgroupId">) => WorkloadIdentity;
  /** Instances whose name is not known yet. */
  readonly waiting: () => number;
  /** Somebody asked for every system call. */
  readonly isAskedFor: () => boolean;
  /** A workload that learns them by its policy's own measure. */
  readonly learnedFor: () => string | undefined;
  /** A workload whose policy looks at them. */
  readonly judgedFor: () => string | undefined;
  readonly log: Pick<Logger, "info" | "warn">;
}

/** So many looks in a row nobody needs it. */
const patience = 2;

export class CallsWatched {
  readonly #options: CallsWatchedOptions;
  #unneeded = 0;
  /** The kernel did not take it after all. */
  #cannotGuard = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CallsWatchedOptions) {
    this.#options = options;
  }

  /**
   * An instance that begins: watched before its first program is, nearly always. Who it is may be
   * known only later; and where nothing has to be done, the next look asks.
   */
  began({ cgroupId, flags }: Pick<KernelEvent, "cgroupId" | "flags">): void {
    const { senses, identityOf, learning } = this.#options;
    if (senses.watchesCalls || flags.includes("adopted")) return;
    const identity = identityOf({ cgroupId });
    if (!identity.complete) return this.#tryToWatch("an instance began that has no name yet");
    const subject = subjectOf(identity, cgroupId);
    if (subject === undefined || learning.knowsCalls(subject.name)) return;
    this.#tryToWatch(`${subject.name.workload} began, and what it calls is not learned yet`);
  }

  /** Somebody wants to hear of events: perhaps of every system call. */
  asked(): void {
    if (this.#options.isAskedFor()) this.#tryToWatch(askedFor);
  }

  /** Throws where they cannot be watched: who asks has to know. */
  watch(why: string): void {
    const { senses, log } = this.#options;
    this.#unneeded = 0;
    if (senses.watchesCalls) return;
    senses.watchCalls(true);
    senses.guardCalls(false);
    if (senses.watchesCalls) log.info(`system calls are watched: ${why}`);
  }

  tick(): void {
    const why = this.#need();
    if (why !== undefined) return this.#tryToWatch(why);
    this.#unneeded++;
    if (this.#unneeded < patience) return;
    const { senses, judgedFor } = this.#options;
    if (senses.watchesCalls) this.#end();
    else if (senses.guardsCalls && judgedFor() === undefined) senses.guardCalls(false);
  }

  /** Looks by itself until it is stopped. */
  keep(intervalMs: number): void {
    this.#timer = setInterval(() => this.tick(), intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** What is known without asking comes first. */
  #need(): string | undefined {
    const { waiting, isAskedFor, learnedFor, judgedFor, learning, senses } = this.#options;
    if (isAskedFor()) return askedFor;
    if (waiting() > 0) return "instances have no name yet";
    const judged = senses.canGuardCalls && !this.#cannotGuard ? undefined : judgedFor();
    const held = judged ?? learnedFor();
    if (held !== undefined) return `the policy of ${held} takes it`;
    const learned = learning.learnsCalls();
    return learned && `what ${learned} calls is not learned yet`;
  }

  /** What is denied is stopped elsewhere before it is not stopped at the entry any more. */
  #end(): void {
    const { senses, learning, judgedFor, log } = this.#options;
    const isJudged = judgedFor() !== undefined;
    const functions = isJudged ? this.#guarded() : 0;
    if (functions === undefined) return;
    learning.callsEnd();
    senses.watchCalls(false);
    const denied = `; what policies deny is stopped at ${functions} functions of the kernel`;
    const says = "system calls are watched no more: what everybody calls is learned";
    log.info(isJudged ? says + denied : says);
  }

  #guarded(): number | undefined {
    try {
      return this.#options.senses.guardCalls(true);
    } catch (error) {
      this.#cannotGuard = true;
      const why = `the kernel takes no program at their functions: ${reasonOf(error)}`;
      this.#options.log.warn(`system calls stay watched while policies look at them: ${why}`);
      return undefined;
    }
  }

  #tryToWatch(why: string): void {
    try {
      this.watch(why);
    } catch (error) {
      this.#options.log.warn(`system calls are not watched, though ${why}: ${reasonOf(error)}`);
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const askedFor = "somebody asks for every one";
