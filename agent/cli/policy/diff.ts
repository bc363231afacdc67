/** `pahlevan policy diff`: what changes for a workload between two versions of its policy. */
import { diff } from "@pahlevan/core/policy/compile/diff.ts";
import { valueOf, type Invocation } from "../command.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { profileAsked } from "./learned.ts";
import { readTables } from "./tables.ts";

const marks = { tighter: "-", looser: "+", other: "~" } as const;

export async function run(invocation: Invocation): Promise<number> {
  const [before, after, more] = invocation.rest;
  if (before === undefined || after === undefined || more !== undefined) {
    throw new UsageError("policy diff: which two files? pahlevan policy diff BEFORE AFTER");
  }
  const nowMs = Date.now();
  const profile = await profileAsked(invocation);
  const was = await readTables([before], "policy diff", nowMs, profile);
  const is = await readTables([after], "policy diff", nowMs, profile);
  const errors = [...was.errors, ...is.errors];
  const [old, ...otherOld] = was.policies;
  const [now, ...otherNow] = is.policies;
  if (otherOld.length > 0 || otherNow.length > 0) errors.push("each file takes one policy here");
  if (errors.length > 0 || old === undefined || now === undefined) {
    for (const line of errors) console.error(`✗ ${line}`);
    return exitCodes.found;
  }
  const changes = diff(old.compiled, now.compiled);
  if (valueOf(invocation, "output") === "json") {
    console.log(JSON.stringify({ before: old.place, after: now.place, changes }, undefined, 2));
  } else {
    for (const { facet, effect, says } of changes) {
      console.log(`${marks[effect]} ${effect}: facet ${facet}: ${says}`);
    }
    if (changes.length === 0) console.log("no difference for the workload");
  }
  return changes.length > 0 ? exitCodes.found : exitCodes.fine;
}
