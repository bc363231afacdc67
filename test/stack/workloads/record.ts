/**
 * `node test/stack/workloads/record.ts [NAME…]`: runs workloads several times and writes what was
 * learned of each run into test/sim/corpus, for the tests that ask how well learning generalises.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { learnedFacets } from "@pahlevan/core/behaviour/behaviour.ts";
import type { Profile } from "@pahlevan/core/profile/profile.ts";
import { written, type Recording } from "../../sim/corpus/recording.ts";
import { workloads, type WorkloadName } from "./all.ts";
import { Watching } from "./watching.ts";

const runs = 5;
const into = join(import.meta.dirname, "../../sim/corpus");

function behavioursOf({ facets, held }: Profile): string[] {
  return [
    ...learnedFacets.flatMap((facet) => [...facets[facet].entries.keys()]),
    ...held.entries.keys(),
  ];
}

async function record(watching: Watching, workload: WorkloadName): Promise<Recording> {
  const behaviours: string[][] = [];
  for (let run = 0; run < runs; run++) {
    const learnedAs = `${workload}-${run}`;
    await watching.live({ workload, learnedAs });
    behaviours.push(behavioursOf(watching.profile(learnedAs)));
  }
  return { workload, runs: behaviours };
}

function isWorkload(name: string): name is WorkloadName {
  return Object.hasOwn(workloads, name);
}

const asked = process.argv.slice(2);
mkdirSync(into, { recursive: true });
await using watching = await Watching.start();
for (const name of asked.length === 0 ? Object.keys(workloads) : asked) {
  if (!isWorkload(name)) throw new Error(`no workload is called ${name}`);
  const recording = await record(watching, name);
  writeFileSync(join(into, `${name}.txt`), written(recording));
  console.log(`${name}: ${recording.runs.map(({ length }) => length).join(", ")} behaviours`);
}
