/** Compiled policies in the kernel: rows of the guard, and which instance is held to which. */
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import type { Shortfall } from "@pahlevan/core/policy/compile/kernel.ts";
import type { Guard, InstanceSlot } from "../kernel/guard/guard.ts";
import { lower, type Lowered } from "../kernel/guard/lower.ts";
import { systemCallNames } from "../kernel/names/names.ts";
import type { Sensors } from "../kernel/sensors.ts";

export interface Installed {
  readonly row: number;
  /** What the kernel's tables hold for more or less than the policy says. */
  readonly shortfalls: readonly Shortfall[];
}

/** Whether there is anything to refuse or to tell of: else system calls need not be seen for it. */
export function judgesCalls({ modes, tables }: Compiled): boolean {
  const { unlisted, entries } = tables.syscall;
  const denies = entries.some(({ rule }) => rule.rank === "deny");
  return modes.syscall !== "off" && (unlisted !== "allow" || denies);
}

export class KernelTables {
  readonly #sensors: Pick<Sensors, "failureOf">;
  readonly #guard: Guard;
  readonly #secret: Uint8Array;
  readonly #calls = systemCallNames();
  readonly #callsJudged: () => void;

  /** `callsJudged`: before tables are in force that look at system calls. */
  constructor(
    sensors: Pick<Sensors, "guard" | "secret" | "failureOf">,
    callsJudged: () => void = () => undefined,
  ) {
    this.#callsJudged = callsJudged;
    this.#sensors = sensors;
    this.#guard = sensors.guard();
    this.#secret = sensors.secret;
  }

  /** Throws, with nothing changed, where the kernel cannot keep what the policy denies. */
  install(compiled: Compiled, generation: number): Installed {
    const { lowered, shortfalls } = this.#lower(compiled, generation);
    return { row: this.#guard.install(lowered), shortfalls };
  }

  /** Whoever is held to that row is held to this from now on, at once. Throws like `install`. */
  replace(row: number, compiled: Compiled, generation: number): Installed {
    const { lowered, shortfalls } = this.#lower(compiled, generation);
    return { row: this.#guard.swap(row, lowered), shortfalls };
  }

  /** Whoever was held to it is held to `next`, or to nothing. */
  remove(row: number, next?: number): void {
    this.#guard.remove(row, next);
  }

  /** False: the slot is another instance's by now. */
  hold(instance: InstanceSlot, row: number): boolean {
    return this.#guard.bind(instance, row);
  }

  release(instance: InstanceSlot): boolean {
    return this.#guard.release(instance);
  }

  /** Who begins at that path is held to that row from its first moment. Throws where it is not. */
  bindPath(path: string, row: number): void {
    this.#guard.bindPath(path, row);
  }

  releasePath(path: string): void {
    this.#guard.releasePath(path);
  }

  boundPaths(): ReadonlyMap<string, number> {
    return this.#guard.boundPaths();
  }

  rowOf(slot: number): number | undefined {
    return this.#guard.rowOf(slot);
  }

  isSteady(slot: number): boolean {
    return this.#guard.isSteady(slot);
  }

  decided(slot: number): ReturnType<Guard["decided"]> {
    return this.#guard.decided(slot);
  }

  untold(slot: number): number {
    return this.#guard.untold(slot);
  }

  packetsCut(slot: number): number {
    return this.#guard.packetsCut(slot);
  }

  failureOf(slot: number): ReturnType<Sensors["failureOf"]> {
    return this.#sensors.failureOf(slot);
  }

  #lower(compiled: Compiled, generation: number): { lowered: Lowered; shortfalls: Shortfall[] } {
    const secret = this.#secret;
    const lowering = lower(compiled, { secret, calls: this.#calls, generation });
    if ("refused" in lowering)
      throw new Error(lowering.refused.map(({ facet, says }) => `${facet}: ${says}`).join("; "));
    if (judgesCalls(compiled)) this.#callsJudged();
    return { lowered: lowering.lowered, shortfalls: [...lowering.shortfalls] };
  }
}
