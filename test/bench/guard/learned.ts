/** A policy of every facet, learned from a life of nginx from its start to its end. */
import { asLearned } from "@pahlevan/agent/enforce/as-learned.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import { Watching } from "../../stack/workloads/watching.ts";

export async function learnedFromNginx(): Promise<Compiled> {
  await using watching = await Watching.start();
  await watching.live({ workload: "nginx", learnedAs: "nginx" });
  return asLearned("nginx", watching.profile("nginx"), Date.now()).compiled;
}
