/** What Cilium's own code says of rules, which its definition cannot say all of. */
import * as z from "zod";
import { run } from "../containers/command.ts";
import { goProgram } from "../go-program.ts";

const policy = z.object({ spec: z.record(z.string(), z.unknown()) });

/** Of each policy its refusal, empty where Cilium takes it. */
export async function ciliumSays(policies: readonly (object | string)[]): Promise<string[]> {
  const rules = policies.map((each) => policy.parse(each).spec);
  const input = JSON.stringify(rules);
  const said = await run(await goProgram("exports/cilium"), [], { input });
  return said.split("\n").slice(0, -1);
}
