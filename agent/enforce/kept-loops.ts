/** Where each loop of this host is, those of which none lives too: over restarts. */
import type { Loop } from "@pahlevan/core/loop/loop.ts";
import { reasonOf } from "../store/error.ts";
import type { PolicyState } from "../store/policies.ts";
import { readState, writeState } from "./policy-state.ts";

/** By "namespace/policy workload"; what cannot be read is not in it. */
export interface LoopStore {
  all(): ReadonlyMap<string, Loop>;
  /** Written down together with how far signals were taken. */
  save(changed: ReadonlyMap<string, Loop>, gone: Iterable<string>): void;
}

export interface KeptLoopsOptions {
  readonly states: { all(): PolicyState[]; replace(states: readonly PolicyState[]): void };
  readonly loops: LoopStore;
  /** Workloads of which none lives are forgotten beyond four times that many. */
  readonly mostWorkloads: number;
  readonly nowMs: () => number;
  readonly complain: (says: string) => void;
}

export class KeptLoops {
  /** In which workloads were awaited when they were saved last. */
  readonly pathsBefore: readonly string[];
  readonly #options: KeptLoopsOptions;
  /** Those that were looked at last are the last. */
  readonly #loops: Map<string, Loop>;
  /** Of these, what is not written down yet; undefined: it is no more. */
  readonly #unsaved = new Map<string, Loop | undefined>();
  #generation: number;
  #isSaved = true;

  constructor(options: KeptLoopsOptions) {
    this.#options = options;
    const { generation, paths } = readState(options.states.all());
    this.#generation = generation;
    this.pathsBefore = [...paths.values()].flat();
    this.#loops = new Map(options.loops.all());
  }

  get isSaved(): boolean {
    return this.#isSaved;
  }

  of(key: string): Loop | undefined {
    return this.#loops.get(key);
  }

  all(): Iterable<[key: string, loop: Loop]> {
    return this.#loops;
  }

  keys(): readonly string[] {
    return [...this.#loops.keys()];
  }

  /** A number that no tables had yet. */
  nextGeneration(): number {
    return ++this.#generation;
  }

  keep(key: string, loop: Loop, isOther: boolean): void {
    this.#loops.delete(key);
    this.#loops.set(key, loop);
    if (!isOther) return;
    this.#unsaved.set(key, loop);
    this.#isSaved = false;
  }

  forget(key: string): void {
    this.#loops.delete(key);
    this.#unsaved.set(key, undefined);
  }

  /** Something beside loops is other than it was saved. */
  touch(): void {
    this.#isSaved = false;
  }

  /** `paths`: in which workloads are awaited now. Also where nothing has changed. */
  save(paths: ReadonlyMap<string, readonly string[]>): void {
    const { states, loops, nowMs, complain, mostWorkloads } = this.#options;
    for (const key of this.#loops.keys()) {
      if (this.#loops.size <= 4 * mostWorkloads) break;
      this.forget(key);
    }
    this.#isSaved = true;
    try {
      const changed = new Map<string, Loop>();
      const gone: string[] = [];
      for (const [key, loop] of this.#unsaved)
        if (loop === undefined) gone.push(key);
        else changed.set(key, loop);
      loops.save(changed, gone);
      this.#unsaved.clear();
      states.replace(writeState({ generation: this.#generation, paths }, nowMs()));
    } catch (error) {
      complain(`where policies stand is not saved: ${reasonOf(error)}`);
    }
  }
}
