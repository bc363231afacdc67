/**
 * What is known of processes beyond what their next record carries: arguments, directory,
 * ancestors. Bounded.
 */
import type { ProcessFacts, ProcessKey, Text } from "./event.ts";

export interface KnownProcess extends ProcessKey {
  readonly exe?: Text;
  readonly args?: readonly Text[];
  readonly cwd?: Text;
  readonly parent?: ProcessKey;
}

/** Least recently used goes first: a cache, so losing an entry costs detail and never truth. */
export class ProcessTable {
  readonly #limit: number;
  readonly #processes = new Map<string, KnownProcess>();
  #evicted = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#processes.size;
  }

  /** How many were forgotten for want of room. */
  get evicted(): number {
    return this.#evicted;
  }

  find(process: ProcessKey): KnownProcess | undefined {
    const key = keyOf(process);
    const found = this.#processes.get(key);
    if (found !== undefined) {
      this.#processes.delete(key);
      this.#processes.set(key, found);
    }
    return found;
  }

  /** Adds to what is known. A new program makes the old one's arguments untrue: they go. */
  learn(process: KnownProcess): KnownProcess {
    const key = keyOf(process);
    const before = this.#processes.get(key);
    const renewed = process.exe !== undefined && before?.exe?.value !== process.exe.value;
    const known = { ...(renewed ? withoutProgram(before) : before), ...process };
    this.#processes.delete(key);
    this.#processes.set(key, known);
    if (this.#processes.size > this.#limit) {
      const [oldest] = this.#processes.keys();
      if (oldest !== undefined) this.#processes.delete(oldest);
      this.#evicted++;
    }
    return known;
  }

  /** The process' own facts, completed with what was learned of it and of its parent. */
  complete(facts: ProcessFacts): ProcessFacts {
    const { pid, startNs, exe, args, cwd, parent } = facts;
    const known = this.learn({
      pid,
      startNs,
      ...(exe && { exe }),
      ...(args && { args }),
      ...(cwd && { cwd }),
      ...(parent && { parent: { pid: parent.pid, startNs: parent.startNs } }),
    });
    const parentExe = parent?.exe ?? (parent && this.#processes.get(keyOf(parent))?.exe);
    return {
      ...facts,
      ...(known.exe && { exe: known.exe }),
      ...(known.args && { args: known.args }),
      ...(known.cwd && { cwd: known.cwd }),
      ...(parent && { parent: { ...parent, ...(parentExe && { exe: parentExe }) } }),
    };
  }

  /** Parent, its parent, … as far as they are known. */
  ancestors(process: ProcessKey, most = 16): KnownProcess[] {
    const chain: KnownProcess[] = [];
    let next = this.find(process)?.parent;
    while (next !== undefined && chain.length < most) {
      const known = this.find(next);
      if (known === undefined) break;
      chain.push(known);
      next = known.parent;
    }
    return chain;
  }
}

function keyOf({ pid, startNs }: ProcessKey): string {
  return `${pid} ${startNs}`;
}

function withoutProgram(known: KnownProcess | undefined): Partial<KnownProcess> {
  return known?.parent === undefined ? {} : { parent: known.parent };
}
