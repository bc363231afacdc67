/** `pahlevan run --enforce`: the command can do what it did before, and nothing else. */
import type { BehaviourEvent } from "@pahlevan/core/behaviour/event.ts";
import { objectOf } from "@pahlevan/core/behaviour/object.ts";
import { hostNamespace } from "@pahlevan/core/behaviour/identity.ts";
import { shortfalls, type Shortfall } from "@pahlevan/core/policy/compile/kernel.ts";
import { asLearned, type AsLearned } from "../enforce/as-learned.ts";
import { KernelTables } from "../enforce/kernel-tables.ts";
import { kernelOf } from "../enforce/tiers.ts";
import type { KernelSenses } from "../sense/kernel-senses.ts";
import type { Profiles } from "../store/profiles.ts";
import { EnvironmentError } from "./exit.ts";
import { told } from "./storing.ts";

/** One line of the summary: an act that was refused, and how often it was told of. */
export interface Denied {
  readonly action: string;
  readonly facet: string;
  readonly uses: readonly string[];
  readonly object: string;
  readonly by: string;
  readonly times: number;
}

const refusalsShown = 5;
/** Of tables that nobody edits. */
const FIRST_GENERATION = 1;

export class RunHeld {
  readonly #tables: AsLearned;
  readonly #denied = new Map<string, Denied>();

  /** Throws where nothing was learned, or where the command could not even start. */
  constructor(profiles: Profiles, workload: string) {
    const stored = told(() => profiles.read({ namespace: hostNamespace, workload }));
    if (stored === undefined)
      throw new EnvironmentError(
        `run: nothing was learned of ${workload} yet: run it without --enforce first, ` +
          `doing all that it has to do (pahlevan run --name ${workload} -- …)`,
      );
    this.#tables = asLearned(workload, stored.profile, Date.now());
    const { trial } = this.#tables;
    if (trial.answer === "unknown")
      throw new EnvironmentError(`run: the profile of ${workload} says too little: ${trial.says}`);
    if (trial.answer === "no") {
      const some = trial.refusals.slice(0, refusalsShown).map(({ says }) => `  ${says}`);
      const more = trial.refusals.length - some.length;
      throw new EnvironmentError(
        `run: ${workload} would not work under what was learned of it:\n${some.join("\n")}` +
          (more > 0 ? `\n  … and ${more} more` : ""),
      );
    }
  }

  /** A process of the command is in its cgroup, stopped. Returns what this kernel cannot keep. */
  hold(senses: KernelSenses, cgroupId: bigint): Shortfall[] {
    const sensors = senses.kernel;
    if (sensors === undefined) throw new Error("the senses are not started");
    const { compiled } = this.#tables;
    const tables = new KernelTables(sensors);
    const { row, shortfalls: lost } = tables.install(compiled, FIRST_GENERATION);
    const instance = sensors.instanceOf(cgroupId);
    if (instance === undefined || !tables.hold(instance, row))
      throw new Error("the kernel knows no instance in the command's cgroup");
    return [...lost, ...shortfalls(compiled, kernelOf(senses.tiers()))];
  }

  see({ decision, detail, process }: BehaviourEvent): void {
    if (decision === undefined || decision.action === "would") return;
    const { action, facet, uses } = decision;
    const object = objectOf(detail).value;
    const by = process?.exe?.value ?? "";
    const key = JSON.stringify([action, facet, uses, object, by]);
    const times = (this.#denied.get(key)?.times ?? 0) + 1;
    this.#denied.set(key, { action, facet, uses, object, by, times });
  }

  denied(): Denied[] {
    return [...this.#denied.values()];
  }
}
