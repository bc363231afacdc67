/** `pahlevan policy explain`: what a policy became, or what it says of acts, and why. */
import { actText, readAct } from "@pahlevan/core/policy/compile/act-text.ts";
import type { Act } from "@pahlevan/core/policy/compile/act.ts";
import { explain } from "@pahlevan/core/policy/compile/explain.ts";
import { fieldsBecame } from "@pahlevan/core/policy/compile/fields.ts";
import { judge } from "@pahlevan/core/policy/compile/judge.ts";
import { isOn, valueOf, type Invocation } from "../command.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { profileAsked } from "./learned.ts";
import { readTables, type CompiledFile } from "./tables.ts";

export async function run(invocation: Invocation): Promise<number> {
  const acts = (invocation.values.get("act") ?? []).map(actOf);
  const profile = await profileAsked(invocation);
  const nowMs = Date.now();
  const { policies, errors } = await readTables(invocation.rest, "policy explain", nowMs, profile);
  const phase = isOn(invocation, "start") ? "start" : "steady";
  const told = policies.map((file) => ({
    policy: file.policy.name,
    namespace: file.policy.namespace,
    lines:
      acts.length === 0 ? became(file) : acts.flatMap((act) => explain(file.compiled, act, phase)),
    verdicts: acts.map((act) => {
      const { facet, outcome, by, mode, action } = judge(file.compiled, act, phase);
      return { act: actText(act), facet, outcome, by, mode, action };
    }),
  }));
  if (valueOf(invocation, "output") === "json") {
    console.log(JSON.stringify({ policies: told, errors }, undefined, 2));
  } else {
    for (const line of errors) console.error(`✗ ${line}`);
    for (const { policy, namespace, lines } of told) {
      console.log([`policy ${policy} (namespace ${namespace})`, ...lines].join("\n"));
    }
  }
  const denies = told.some(({ verdicts }) => verdicts.some(({ outcome }) => outcome === "deny"));
  return errors.length > 0 || denies ? exitCodes.found : exitCodes.fine;
}

function actOf(text: string): Act {
  const read = readAct(text);
  if ("value" in read) return read.value;
  throw new UsageError(`policy explain: --act '${text}': ${read.refused}`);
}

function became({ compiled }: CompiledFile): string[] {
  return fieldsBecame(compiled).map(({ field, says }) => `  ${field}: ${says}`);
}
