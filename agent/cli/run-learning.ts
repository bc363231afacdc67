/** What one run adds to the stored profile of its workload. */
import type { BehaviourEvent } from "@pahlevan/core/behaviour/event.ts";
import { hostNamespace } from "@pahlevan/core/behaviour/identity.ts";
import { differenceOf, type Difference } from "@pahlevan/core/profile/difference.ts";
import { emptyProfile, type Profile } from "@pahlevan/core/profile/profile.ts";
import { blindFacets } from "../learn/blind.ts";
import { Keeping } from "../learn/keeping.ts";
import { Learning } from "../learn/learning.ts";
import { learningReport, type LearningReport } from "../learn/report.ts";
import type { Senses } from "../sense/senses.ts";
import { reasonOf } from "../store/error.ts";
import type { Profiles } from "../store/profiles.ts";
import { told } from "./storing.ts";

export interface RunLearned extends LearningReport, Pick<Difference, "added" | "heldAdded"> {
  readonly workload: string;
  /** That the profile has known, this one too. */
  readonly runs: number;
  /** What kept it from being saved, if something did. */
  readonly complaints: readonly string[];
}

export class RunLearning {
  readonly #profiles: Profiles;
  readonly #senses: Pick<Senses, "instance" | "tiers">;
  readonly #name: { readonly namespace: string; readonly workload: string };
  readonly #before: Profile;
  readonly learning: Learning;
  readonly #keeping: Keeping;
  readonly #complaints: string[] = [];

  /** Throws where the stored profile cannot be read: then the run would add to nothing. */
  constructor(
    profiles: Profiles,
    senses: Pick<Senses, "instance" | "tiers">,
    workload: string,
    program: string,
    saveIntervalMs: number,
  ) {
    const name = { namespace: hostNamespace, workload };
    this.#profiles = profiles;
    this.#senses = senses;
    this.#name = name;
    this.#before = told(() => profiles.read(name)?.profile ?? emptyProfile);
    this.learning = new Learning({
      profiles,
      senses,
      subjectOf: ({ cgroupId }) => {
        return { name, id: `cgroup ${cgroupId}`, image: "", template: program };
      },
      nowMs: Date.now,
      complain: (says) => this.#complaints.push(says),
      limit: 1,
    });
    this.#keeping = new Keeping(this.learning, saveIntervalMs);
  }

  /** Of the run's own instance. */
  see(event: BehaviourEvent): void {
    this.learning.see(event);
  }

  /** Once its hooks are detached, and before its counters are closed. */
  finish(): RunLearned {
    this.#keeping.stop();
    const after = this.#after();
    const { added, heldAdded } = differenceOf(this.#before, after);
    return {
      workload: this.#name.workload,
      runs: after.instances.entries.size,
      added,
      heldAdded,
      ...learningReport(after, blindFacets(this.#senses.tiers()), Date.now()),
      complaints: this.#complaints,
    };
  }

  #after(): Profile {
    try {
      return this.#profiles.read(this.#name)?.profile ?? emptyProfile;
    } catch (error) {
      this.#complaints.push(reasonOf(error));
      return this.#before;
    }
  }
}
