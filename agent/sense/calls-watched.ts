/**
 * Whether system calls are watched: as long as somebody needs it, as it costs each of them. Who
 * needs it gets it at once, who needs it no more is waited for a while, so that it does not go on
 * and off.
 */
import type { KernelEvent } from "@pahlevan/core/behaviour/event.ts";
import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import { subjectOf } from "../learn/subject.ts";
import type { Learning } from "../learn/learning.ts";
import type { Logger } from "./log.ts";
import type { Senses } from "./senses.ts";

export interface CallsWatchedOptions {
  readonly senses: Pick<Senses, "watchesCalls" | "watchCalls">;
  readonly learning: Pick<Learning, "learnsCalls" | "knowsCalls" | "callsEnd">;
  readonly identityOf: (event: Pick<KernelEvent, "cgroupId">) => WorkloadIdentity;
  /** Instances whose name is not known yet. */
  readonly waiting: () => number;
  /** Somebody asked for every system call. */
  readonly isAskedFor: () => boolean;
  /** A workload whose policy looks at them, or learns them by its own measure. */
  readonly heldFor: () => string | undefined;
  readonly log: Pick<Logger, "info" | "warn">;
}

/** So many looks in a row nobody needs it. */
const patience = 2;

export class CallsWatched {
  readonly #options: CallsWatchedOptions;
  #unneeded = 0;
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
    if (senses.watchesCalls) log.info(`system calls are watched: ${why}`);
  }

  tick(): void {
    const why = this.#need();
    if (why !== undefined) return this.#tryToWatch(why);
    this.#unneeded++;
    if (this.#unneeded >= patience && this.#options.senses.watchesCalls) this.#end();
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
    const { waiting, isAskedFor, heldFor, learning } = this.#options;
    if (isAskedFor()) return askedFor;
    if (waiting() > 0) return "instances have no name yet";
    const held = heldFor();
    if (held !== undefined) return `the policy of ${held} takes it`;
    const learned = learning.learnsCalls();
    return learned && `what ${learned} calls is not learned yet`;
  }

  #end(): void {
    const { senses, learning, log } = this.#options;
    learning.callsEnd();
    senses.watchCalls(false);
    log.info("system calls are watched no more: what everybody calls is learned");
  }

  #tryToWatch(why: string): void {
    try {
      this.watch(why);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.log.warn(`system calls are not watched, though ${why}: ${reason}`);
    }
  }
}

const askedFor = "somebody asks for every one";
