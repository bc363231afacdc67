/** `pahlevan policy dry-run`: would the workload start, answer its probes and stop under it? */
import { recordedWithHeld } from "@pahlevan/core/needs/recorded.ts";
import { actText } from "@pahlevan/core/policy/compile/act-text.ts";
import { dryRun, type DryRun } from "@pahlevan/core/policy/compile/start-up.ts";
import { valueOf, type Invocation } from "../command.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { safe } from "../text/safe.ts";
import { profileAsked } from "./learned.ts";
import { readTables } from "./tables.ts";

/** The first ones are the end of the start; the rest is in the JSON. */
const shown = 20;

export async function run(invocation: Invocation): Promise<number> {
  const source = await profileAsked(invocation);
  if (source === undefined) {
    throw new UsageError("policy dry-run: against which profile? --profile NAME");
  }
  const { policies, errors } = await readTables(
    invocation.rest,
    "policy dry-run",
    Date.now(),
    source,
  );
  const recorded = recordedWithHeld(source.profile);
  const runs = policies.map(({ place, policy, compiled }) => {
    return { place, policy: policy.name, found: dryRun(compiled, recorded) };
  });
  if (valueOf(invocation, "output") === "json") {
    const told = runs.map(({ found, ...run }) => ({ ...run, ...machineText(found) }));
    console.log(JSON.stringify({ profile: source.label, policies: told, errors }, undefined, 2));
  } else {
    for (const line of errors) console.error(`✗ ${line}`);
    for (const { place, policy, found } of runs)
      console.log(
        linesOf(found, recorded.length)
          .map(line(`${place}: policy ${policy}`))
          .join("\n"),
      );
  }
  const isFine = errors.length === 0 && runs.every(({ found }) => found.answer === "yes");
  return isFine ? exitCodes.fine : exitCodes.found;
}

const line = (of: string) => (says: string, index: number) =>
  index === 0 ? says.replace(" ", ` ${of}: `) : says;

function linesOf(found: DryRun, acts: number): string[] {
  switch (found.answer) {
    case "yes":
      return [`✓ it would start and work: ${acts} recorded acts, none of them denied`];
    case "unknown":
      return [`? ${found.says}`];
    case "no": {
      const { refusals } = found;
      const more = refusals.length - shown;
      return [
        `✗ it would not work: of ${acts} recorded acts ${refusals.length} would be denied`,
        ...refusals.slice(0, shown).map(({ says }) => `  ${safe(says)}`),
        ...(more > 0 ? [`  … and ${more} more (-o json has them all)`] : []),
      ];
    }
  }
}

function machineText(found: DryRun) {
  if (found.answer !== "no") return found;
  const refusals = found.refusals.map(({ act, moment, says }) => {
    return { act: actText(act), moment, says };
  });
  return { answer: found.answer, refusals };
}
