/** `pahlevan profile diff`: what one profile holds that the other does not. */
import { differenceOf } from "@pahlevan/core/profile/difference.ts";
import { valueOf, type Invocation } from "../command.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { settingsOf } from "../settings.ts";
import { safe } from "../text/safe.ts";
import { sourceOf } from "./sources.ts";

export async function run(invocation: Invocation): Promise<number> {
  const [before, after, more] = invocation.rest;
  if (before === undefined || after === undefined || more !== undefined) {
    throw new UsageError("profile diff: which two? pahlevan profile diff BEFORE AFTER");
  }
  const settings = await settingsOf(invocation);
  const was = await sourceOf(before, settings, "profile diff");
  const is = await sourceOf(after, settings, "profile diff");
  const difference = differenceOf(was.profile, is.profile);
  const { added, removed, heldAdded, heldRemoved } = difference;
  if (valueOf(invocation, "output") === "json") {
    console.log(
      JSON.stringify({ before: was.label, after: is.label, ...difference }, undefined, 2),
    );
  } else {
    for (const text of added) console.log(`+ ${safe(text)}`);
    for (const text of removed) console.log(`- ${safe(text)}`);
    for (const text of heldAdded) console.log(`+ ${safe(text)} (known-bad)`);
    for (const text of heldRemoved) console.log(`- ${safe(text)} (known-bad)`);
  }
  const count = added.length + removed.length + heldAdded.length + heldRemoved.length;
  if (count === 0 && valueOf(invocation, "output") !== "json") console.log("no difference");
  return count > 0 ? exitCodes.found : exitCodes.fine;
}
