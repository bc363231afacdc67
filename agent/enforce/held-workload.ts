/** One workload under one policy: how far it is, and the rows of the kernel that hold it. */
import type { LearnedFacet } from "@pahlevan/core/behaviour/behaviour.ts";
import { stageOf, type Staged, type Stood } from "@pahlevan/core/needs/stage.ts";
import { canonical } from "@pahlevan/core/policy/compile/canonical.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import type { Shortfall } from "@pahlevan/core/policy/compile/kernel.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import type { Profile } from "@pahlevan/core/profile/profile.ts";
import { reasonOf } from "../store/error.ts";
import type { WorkloadName } from "../store/workload-name.ts";
import type { Installed, KernelTables } from "./kernel-tables.ts";

type Kernel = Pick<KernelTables, "install" | "replace" | "remove">;

export interface Reviewing {
  readonly profile: Profile | undefined;
  readonly blind: ReadonlySet<LearnedFacet>;
  readonly nowMs: number;
  /** A number that no tables had yet. */
  readonly nextGeneration: () => number;
}

/** Tables in the kernel. */
interface Row extends Installed {
  readonly compiled: Compiled;
  /** What they are compared by. */
  readonly text: string;
  readonly generation: number;
}

export type Which = "tables" | "newer";

export class HeldWorkload {
  readonly name: WorkloadName;
  policy: Policy;
  #stood: Stood | undefined;
  #sinceMs: number;
  #staged: Staged | undefined;
  /** Why the policy as it is now is not in the kernel; what was there before stays. */
  #refused: string | undefined;
  #rows: Partial<Record<Which, Row>> = {};
  /** The tables that were replaced last: what they decided may still be on its way here. */
  #replaced: Row | undefined;

  constructor(name: WorkloadName, policy: Policy, sinceMs: number, stood?: Stood) {
    this.name = name;
    this.policy = policy;
    this.#sinceMs = sinceMs;
    this.#stood = stood;
  }

  get staged(): Staged | undefined {
    return this.#staged;
  }

  /** To be kept over a restart. */
  get stood(): (Stood & { readonly sinceMs: number }) | undefined {
    return this.#stood && { ...this.#stood, sinceMs: this.#sinceMs };
  }

  get refused(): string | undefined {
    return this.#refused;
  }

  get shortfalls(): readonly Shortfall[] {
    return this.#rows.tables?.shortfalls ?? [];
  }

  get generation(): number | undefined {
    return this.#rows.tables?.generation;
  }

  /** The row that an instance made of the template is held to. */
  rowFor(template: string): number | undefined {
    const which = this.#staged?.newer?.template === template ? "newer" : "tables";
    return this.#rows[which]?.row;
  }

  /** What of an instance in that row is neither allowed nor decided is still to be learned. */
  teaches(row: number): boolean {
    return this.#staged?.stage === "Learning" || row === this.#rows.newer?.row;
  }

  /** The tables of that generation, while the kernel has them and a little longer. */
  tablesOf(generation: number): Compiled | undefined {
    const all = [this.#rows.tables, this.#rows.newer, this.#replaced];
    return all.find((row) => row?.generation === generation)?.compiled;
  }

  /** Where it is now; the kernel's tables follow. True where the stage is another one. */
  review(read: () => Reviewing, kernel: Kernel): boolean {
    try {
      return this.#review(read(), kernel);
    } catch (error) {
      this.#refused = reasonOf(error);
      return false;
    }
  }

  /** Nobody is held by it any more. */
  leave(kernel: Kernel): void {
    this.#drop("tables", kernel);
    this.#drop("newer", kernel);
  }

  #review({ profile, blind, nowMs, nextGeneration }: Reviewing, kernel: Kernel): boolean {
    const { policy } = this;
    const staged = stageOf({ policy, profile, blind, nowMs, before: this.#stood });
    if ("problems" in staged) throw new Error(staged.problems.map(({ says }) => says).join("; "));
    this.#keep("tables", staged.tables, kernel, nextGeneration);
    if (staged.newer === undefined) this.#drop("newer", kernel, this.#rows.tables?.row);
    else this.#keep("newer", staged.newer.tables, kernel, nextGeneration);
    this.#refused = undefined;
    this.#staged = staged;
    const { stage, template } = staged;
    const isOther = stage !== this.#stood?.stage;
    if (isOther) this.#sinceMs = nowMs;
    this.#stood = { stage, template };
    return isOther;
  }

  #keep(which: Which, compiled: Compiled, kernel: Kernel, next: () => number): void {
    const text = canonical(compiled);
    const before = this.#rows[which];
    if (before?.text === text) return;
    const generation = next();
    const installed =
      before === undefined
        ? kernel.install(compiled, generation)
        : kernel.replace(before.row, compiled, generation);
    this.#replaced = before ?? this.#replaced;
    this.#rows[which] = { ...installed, compiled, text, generation };
  }

  #drop(which: Which, kernel: Kernel, next?: number): void {
    const { [which]: row, ...others } = this.#rows;
    this.#rows = others;
    if (row !== undefined) kernel.remove(row.row, next);
  }
}
