/** `pahlevan profile merge`: adds what other profiles hold to that of a workload. */
import { differenceOf } from "@pahlevan/core/profile/difference.ts";
import { emptyProfile, mergeProfiles } from "@pahlevan/core/profile/profile.ts";
import { readWorkload, workloadText } from "../../store/workload-name.ts";
import { valueOf, type Invocation } from "../command.ts";
import { EnvironmentError, exitCodes, UsageError } from "../exit.ts";
import { settingsOf } from "../settings.ts";
import { openStore, told } from "../storing.ts";
import { safe } from "../text/safe.ts";
import { sourceOf } from "./sources.ts";

export async function run(invocation: Invocation): Promise<number> {
  const [into, ...from] = invocation.rest;
  if (into === undefined || from.length === 0) {
    throw new UsageError("profile merge: what into what? pahlevan profile merge NAME FROM…");
  }
  if (/^[./]/.test(into)) {
    throw new UsageError(`profile merge: ${into} is a file; the first word names a workload`);
  }
  const settings = await settingsOf(invocation);
  const sources = await Promise.all(from.map((word) => sourceOf(word, settings, "profile merge")));
  const profile = sources.map((each) => each.profile).reduce(mergeProfiles);
  const name = readWorkload(into);
  using store = openStore(settings);
  const before = told(() => store.profiles.read(name));
  const blind = new Set([before, ...sources].flatMap((each) => [...(each?.blind ?? [])]));
  const merged = told(() => store.profiles.merge(name, { profile, blind, nowMs: Date.now() }));
  if ("forgotten" in merged) throw new EnvironmentError(`${into} was forgotten meanwhile`);
  const { added, heldAdded } = differenceOf(before?.profile ?? emptyProfile, merged.profile);
  if (valueOf(invocation, "output") === "json") {
    console.log(JSON.stringify({ name: workloadText(name), added, heldAdded }, undefined, 2));
  } else {
    const waits = heldAdded.length === 0 ? "" : `, and ${heldAdded.length} wait for a person`;
    console.log(`${safe(workloadText(name))}: ${added.length} behaviours were new to it${waits}`);
  }
  return exitCodes.fine;
}
