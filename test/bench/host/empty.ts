/** Empty programs on the very hooks that Pahlevan chose on this kernel. */
import { BpfObject, type BpfLink } from "@pahlevan/native";
import {
  cutPrograms,
  deniedCallsProgram,
  facts,
  guards,
  syscallProgram,
  type Hook,
} from "../../../agent/kernel/hooks.ts";
import type { TierRow } from "../../../agent/kernel/tiers.ts";

/** Each program once, where it was attached. */
export function chosenHooks(rows: readonly TierRow[]): Hook[] {
  const chosen = new Map<string, Hook>();
  for (const row of rows) {
    const fact = [...facts, ...guards].find(({ name }) => name === row.fact);
    const candidate = fact?.candidates.find(
      ({ tier, hooks }) => tier === row.tier && hooks.map(placeOf).join() === row.hooks.join(),
    );
    for (const hook of candidate?.hooks ?? []) chosen.set(hook.program, hook);
  }
  return [...chosen.values()].filter(isAttached);
}

/**
 * All the time: some are read when they are wanted, or put on a cgroup when it is cut off, or on
 * what policies deny.
 */
function isAttached({ kind, program }: Hook): boolean {
  return kind !== "iter" && !cutPrograms.includes(program) && program !== deniedCallsProgram;
}

function placeOf({ kind, target }: Hook): string {
  return `${kind}/${target}`;
}

interface Empty {
  readonly hook: Hook;
  readonly program: string;
  readonly object: BpfObject;
}

export class EmptyPrograms {
  readonly #empties: Empty[];
  readonly #cgroupV2: string;
  readonly #links = new Map<string, BpfLink>();

  /** Loaded once, so that attaching is quick. */
  constructor(path: string, hooks: readonly Hook[], cgroupV2: string) {
    this.#cgroupV2 = cgroupV2;
    this.#empties = hooks.map((hook) => loaded(path, hook));
  }

  /** All but the one on every system call. */
  attach(): void {
    for (const empty of this.#empties)
      if (empty.hook.program !== syscallProgram) this.#attachOne(empty);
  }

  attachSyscalls(): void {
    for (const empty of this.#empties)
      if (empty.hook.program === syscallProgram) this.#attachOne(empty);
  }

  detachSyscalls(): void {
    this.#links.get(syscallProgram)?.close();
    this.#links.delete(syscallProgram);
  }

  detach(): void {
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }

  close(): void {
    this.detach();
    for (const { object } of this.#empties) object.close();
  }

  #attachOne({ hook, program, object }: Empty): void {
    const link =
      hook.kind === "cgroup"
        ? object.attachCgroup(program, this.#cgroupV2)
        : object.attach(program);
    this.#links.set(hook.program, link);
  }
}

function loaded(path: string, hook: Hook): Empty {
  const object = new BpfObject(path);
  const program = hook.kind === "cgroup" ? hook.target.replace("skb/", "") : hook.kind;
  for (const { name } of object.programs) object.setAutoload(name, name === program);
  if (hook.kind !== "cgroup") object.retarget(program, hook.kind, hook.target);
  object.load();
  return { hook, program, object };
}
