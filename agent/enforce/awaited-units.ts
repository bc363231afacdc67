/**
 * Services that may start again, by the path of their cgroup: the kernel holds each to its row from
 * its first moment on, whether an agent lives or not.
 */
import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import { reasonOf } from "../store/error.ts";
import { workloadText } from "../store/workload-name.ts";
import type { HeldWorkload } from "./held-workload.ts";
import type { KernelTables } from "./kernel-tables.ts";

/** Who comes at a path, and what holds it then. */
export interface Awaited {
  readonly identity: WorkloadIdentity;
  readonly template: string;
  readonly workload: HeldWorkload;
}

export interface AwaitedUnitsOptions {
  readonly kernel: Pick<KernelTables, "boundPaths" | "bindPath" | "releasePath">;
  /** Beyond that many, those that began longest ago are held once they are heard of. */
  readonly most: number;
  readonly complain: (says: string) => void;
}

/** Containers and transient units never come again under their path. */
export function comesAgain({ kind, unit = "", workload }: WorkloadIdentity): boolean {
  return kind === "unit" && unit.endsWith(".service") && (unit === workload || unit.includes("@"));
}

export class AwaitedUnits {
  readonly #options: AwaitedUnitsOptions;
  /** Those that began last are the last. */
  readonly #byPath = new Map<string, Awaited>();
  /** Told already. */
  readonly #refused = new Set<string>();

  constructor(options: AwaitedUnitsOptions) {
    this.#options = options;
  }

  /** True where it is another one than before. */
  add(path: string, awaited: Awaited): boolean {
    const before = this.#byPath.get(path);
    this.#byPath.delete(path);
    const [oldest] = this.#byPath.keys();
    if (oldest !== undefined && this.#byPath.size >= this.#options.most) this.#drop(oldest);
    this.#byPath.set(path, awaited);
    const row = awaited.workload.rowFor(awaited.template);
    if (row !== undefined) this.#bind(path, row, awaited);
    return before?.workload !== awaited.workload;
  }

  /** It holds nobody any more. */
  forget(workload: HeldWorkload): void {
    for (const [path, awaited] of this.#byPath) if (awaited.workload === workload) this.#drop(path);
  }

  /** Another policy may rule one by now, or none. */
  select(choose: (identity: WorkloadIdentity) => Awaited | undefined): void {
    for (const [path, { identity }] of this.#byPath) {
      const chosen = choose(identity);
      if (chosen === undefined) this.#drop(path);
      else this.#byPath.set(path, chosen);
    }
  }

  /** What the kernel binds is made what is wished. */
  keep(): void {
    const bound = this.#options.kernel.boundPaths();
    for (const path of bound.keys()) if (!this.#byPath.has(path)) this.#drop(path);
    for (const [path, awaited] of this.#byPath) {
      const row = awaited.workload.rowFor(awaited.template);
      if (row === bound.get(path)) continue;
      if (row === undefined) this.#options.kernel.releasePath(path);
      else this.#bind(path, row, awaited);
    }
  }

  /** To be kept over a restart. */
  paths(): ReadonlyMap<HeldWorkload, readonly string[]> {
    const byWorkload = Map.groupBy(this.#byPath, ([, { workload }]) => workload);
    return new Map(
      Array.from(byWorkload, ([workload, all]) => [workload, all.map(([path]) => path)]),
    );
  }

  #drop(path: string): void {
    this.#byPath.delete(path);
    this.#refused.delete(path);
    this.#options.kernel.releasePath(path);
  }

  #bind(path: string, row: number, { identity }: Awaited): void {
    try {
      this.#options.kernel.bindPath(path, row);
      this.#refused.delete(path);
    } catch (error) {
      if (this.#refused.has(path)) return;
      this.#refused.add(path);
      const name = workloadText(identity);
      this.#options.complain(
        `${name} is held only once its start is heard of, not from its first moment: ${reasonOf(error)}`,
      );
    }
  }
}
