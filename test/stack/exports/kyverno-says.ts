/** What Kyverno's own code says of policies, and by them of what is to be made. */
import * as z from "zod";
import { run } from "../containers/command.ts";
import { goProgram } from "../go-program.ts";

export interface Request {
  readonly object: object;
  readonly subresource?: string;
}

export interface Question {
  readonly policy: object;
  readonly requests: readonly Request[];
}

const answer = z.object({
  /** Empty where its admission takes the policy. */
  refusal: z.string(),
  warnings: z.array(z.string()),
  /** One for each request; a rule that does not match is not there. */
  verdicts: z.array(z.object({ blocked: z.boolean(), rules: z.record(z.string(), z.string()) })),
});
export type Answer = z.infer<typeof answer>;

export async function kyvernoSays(questions: readonly Question[]): Promise<Answer[]> {
  const input = questions.map((each) => JSON.stringify(each)).join("\n");
  const said = await run(await goProgram("exports/kyverno"), [], { input });
  const lines = said.split("\n").slice(0, -1);
  return lines.map((line) => answer.parse(JSON.parse(line)));
}
