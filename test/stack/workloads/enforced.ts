/**
 * Workloads are learned under their load, then enforced from their first exec, loaded again and
 * attacked: what came of it. Prints it as one line of JSON where it is run by itself, as in a VM.
 */
import { asLearned } from "@pahlevan/agent/enforce/as-learned.ts";
import { kernelOf } from "@pahlevan/agent/enforce/tiers.ts";
import type { Kernel } from "@pahlevan/core/policy/compile/kernel.ts";
import { mergeProfiles } from "@pahlevan/core/profile/profile.ts";
import { workloads, type WorkloadName } from "./all.ts";
import { attackAll, type Outcome } from "./attacker.ts";
import { toldText, Watching, type Inside } from "./watching.ts";

/** Runs from which a workload is learned, each a container of its own. */
const runs = 3;

export interface Enforced {
  readonly workload: WorkloadName;
  /** "yes", or what the tables would refuse of what was recorded. */
  readonly wouldStart: string;
  /** What was decided of it in a life with its load, from its first exec to its end. */
  readonly underLoad: readonly string[];
  readonly attacks: Readonly<Record<string, Outcome>>;
}

export interface Trial {
  readonly tiers: Kernel["tiers"];
  readonly enforced: readonly Enforced[];
}

export async function trial(names: readonly WorkloadName[]): Promise<Trial> {
  await using watching = await Watching.start();
  const enforced: Enforced[] = [];
  say("the programs are loaded");
  for (const name of names) enforced.push(await enforce(watching, name));
  return { tiers: kernelOf(watching.node.senses.tiers()).tiers, enforced };
}

/** For who waits at a slow machine; what it comes to goes to the other stream. */
function say(line: string): void {
  console.error(`${performance.now().toFixed(0)} ms: ${line}`);
}

async function enforce(watching: Watching, workload: WorkloadName): Promise<Enforced> {
  const profiles = [];
  for (let run = 0; run < runs; run++) {
    await watching.live({ workload, learnedAs: `${workload}-${run}` });
    profiles.push(watching.profile(`${workload}-${run}`));
  }
  const { compiled, trial: dry } = asLearned(workload, profiles.reduce(mergeProfiles), Date.now());
  const wouldStart =
    dry.answer === "no" ? dry.refusals.map(({ says }) => says).join("; ") : dry.answer;
  say(`${workload} is learned: ${wouldStart}`);
  const { counted, events } = await watching.live({ workload, policy: compiled });
  say(`${workload} has done its load under enforcement`);
  let attacks: Readonly<Record<string, Outcome>> = {};
  const afterwards = async (inside: Inside) => {
    attacks = await attackAll(inside);
  };
  await watching.live({ workload, policy: compiled, afterwards });
  const sums = counted.map(({ action, facet, times }) => `${times} times ${action} ${facet}`);
  const told = events.filter(({ decision }) => decision !== undefined).map(toldText);
  return { workload, wouldStart, underLoad: [...sums, ...told], attacks };
}

function isWorkload(name: string): name is WorkloadName {
  return Object.hasOwn(workloads, name);
}

if (import.meta.main)
  console.log(JSON.stringify(await trial(process.argv.slice(2).filter(isWorkload))));
