/** `pahlevan policy validate`: reads policies as the agent does, and names every mistake. */
import { normalise } from "@pahlevan/core/policy/normalise.ts";
import { parsePolicy } from "@pahlevan/core/policy/parse.ts";
import { problemText } from "@pahlevan/core/policy/problem.ts";
import { isOn, valueOf, type Invocation } from "../command.ts";
import { exitCodes } from "../exit.ts";
import { kindOf, type Found } from "../../policies/documents.ts";
import { readFiles } from "./files.ts";
import { vocabulary } from "../../policies/vocabulary.ts";

interface Verdict {
  readonly place: string;
  readonly policy: string;
  readonly namespace?: string;
  readonly mode?: string;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

export async function run(invocation: Invocation): Promise<number> {
  const { found, errors } = await readFiles(invocation.rest, "policy validate");
  const policies = found.filter(({ object }) => kindOf(object).isOurs);
  const verdicts = twice(policies.map(verdictOn));
  const wrong = [...errors, ...verdicts.flatMap((verdict) => verdict.errors)];
  const warnings = verdicts.flatMap((verdict) => verdict.warnings);
  if (wrong.length === 0 && policies.length === 0)
    wrong.push(`${invocation.rest.join(", ")}: no PahlevanPolicy in there`);
  if (valueOf(invocation, "output") === "json") {
    console.log(JSON.stringify({ policies: verdicts, errors: wrong, warnings }, undefined, 2));
  } else {
    for (const line of wrong) console.error(`✗ ${line}`);
    for (const line of warnings) console.error(`! ${line}`);
    for (const verdict of verdicts) {
      if (verdict.errors.length > 0) continue;
      const { place, policy, namespace, mode } = verdict;
      console.log(`✓ ${place}: policy ${policy} (namespace ${namespace}, mode ${mode})`);
    }
    console.log(
      summary(policies.length, found.length - policies.length, wrong.length, warnings.length),
    );
  }
  const isRefused = wrong.length > 0 || (isOn(invocation, "strict") && warnings.length > 0);
  return isRefused ? exitCodes.found : exitCodes.fine;
}

function verdictOn({ file, document, within, object }: Found): Verdict {
  const { name, policy, problems } = parsePolicy(object, { ...vocabulary, nowMs: Date.now() });
  const place = `${file}:${document.lineOf(within)}`;
  const lines = (severity: string) =>
    problems
      .filter((problem) => problem.severity === severity)
      .map(
        (problem) =>
          `${file}:${document.lineOf([...within, ...problem.path])}: ${problemText(name, problem)}`,
      );
  const verdict = { place, policy: name, errors: lines("error"), warnings: lines("warning") };
  if (policy === undefined) return verdict;
  const { namespace, mode } = normalise(policy);
  return { ...verdict, namespace, mode };
}

/** Two policies of one name: which of them ruled would be a matter of luck. */
function twice(verdicts: readonly Verdict[]): Verdict[] {
  const first = new Map<string, string>();
  return verdicts.map((verdict) => {
    const { policy, namespace, place, errors } = verdict;
    if (namespace === undefined) return verdict;
    const before = first.get(`${namespace}/${policy}`);
    if (before === undefined) {
      first.set(`${namespace}/${policy}`, place);
      return verdict;
    }
    const says = `${place}: policy ${policy}: metadata.name: ${before} has this name in ${namespace} already`;
    return { ...verdict, errors: [...errors, says] };
  });
}

function summary(policies: number, others: number, wrong: number, warnings: number): string {
  const several = (count: number, what: string) =>
    `${count} ${count === 1 ? what : what.replace(/y$/, "ie") + "s"}`;
  const counts = [
    several(policies, "policy"),
    wrong === 0 ? "no mistakes" : several(wrong, "mistake"),
  ];
  if (warnings > 0) counts.push(several(warnings, "warning"));
  if (others > 0) counts.push(`${several(others, "other document")} passed over`);
  return counts.join(", ");
}
