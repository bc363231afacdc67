/** `pahlevan profile show`: all that is known of one workload, and how far learning is. */
import { learnedFacets } from "@pahlevan/core/behaviour/behaviour.ts";
import { writeProfile } from "@pahlevan/core/profile/document.ts";
import { generalise } from "@pahlevan/core/profile/generalise/generalise.ts";
import { deniedByPolicy, knownBad } from "@pahlevan/core/profile/known-bad.ts";
import { isInitOnly, tellsPhases } from "@pahlevan/core/profile/phase.ts";
import { generalisingOf, learnedOf } from "@pahlevan/core/profile/standing.ts";
import { learningReport, type LearningReport } from "../../learn/report.ts";
import { rfc3339 } from "../../sense/boot-clock.ts";
import { valueOf, type Invocation } from "../command.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { settingsOf } from "../settings.ts";
import { learningLines } from "../text/learning-text.ts";
import { safe } from "../text/safe.ts";
import { sourceOf, type Source } from "./sources.ts";

const columns = 98;

export async function run(invocation: Invocation): Promise<number> {
  const [name, more] = invocation.rest;
  if (name === undefined || more !== undefined) {
    throw new UsageError("profile show: of which workload? pahlevan profile show NAME");
  }
  const source = await sourceOf(name, await settingsOf(invocation), "profile show");
  const { profile, blind, savedMs } = source;
  const learning = learningReport(profile, blind, Date.now());
  if (valueOf(invocation, "output") === "json") {
    const { status, converged, facets, held } = learning;
    const head = { name: source.label, savedMs, blind: [...blind] };
    const report = { converged, ...status, facets, waiting: held };
    console.log(
      JSON.stringify({ ...head, learning: report, profile: writeProfile(profile) }, undefined, 2),
    );
  } else {
    process.stdout.write(`${textOf(source, learning).join("\n")}\n`);
  }
  return exitCodes.fine;
}

function textOf({ label, profile, savedMs }: Source, learning: LearningReport): string[] {
  const { status, behaviours, held } = learning;
  const { whole, lossy, adopted } = status.instances;
  const saved = savedMs === undefined ? "" : `, saved ${timeText(savedMs)}`;
  return [
    `profile of ${safe(label)}: ${behaviours} behaviours${saved}`,
    `instances: ${whole} seen whole, ${lossy} lost records, ${adopted} ran before they were watched`,
    "learning",
    ...learningLines(learning, columns).map((line) => `  ${line}`),
    ...(held.length === 0 ? [] : ["waits for a person"]),
    ...held.map(({ text, rules }) => `  ${safe(text)}: ${rules.map(reasonOfRule).join("; ")}`),
    tellsPhases(profile, "file")
      ? "start and work are told apart: what is marked is allowed only while an instance starts"
      : "start and work are not told apart yet (5 min of work, watched whole from the start on)",
    ...learnedFacets.flatMap((facet) => facetLines(profile, facet)),
  ];
}

function facetLines(profile: Source["profile"], facet: (typeof learnedFacets)[number]): string[] {
  const learned = learnedOf(profile, facet);
  if (learned.length === 0) return [];
  const isGone = (standing: string) => standing === "aged" || standing === "foreign";
  const now = learned.filter(({ standing }) => !isGone(standing)).map(({ text }) => text);
  const { groups, exact } = generalise(
    now,
    generalisingOf(profile, () => undefined),
  );
  const bare = (text: string) => safe(text.slice(facet.length + 1));
  const gone = learned.filter(({ standing }) => isGone(standing));
  const ofStart = tellsPhases(profile, facet)
    ? learned.filter(({ entry }) => isInitOnly(entry))
    : [];
  const starts = new Set(ofStart.map(({ text }) => text));
  const mark = (...texts: readonly string[]) =>
    texts.every((text) => starts.has(text)) ? "  (only while it starts)" : "";
  return [
    facet,
    ...[...exact].sort().map((text) => `  ${bare(text)}${mark(text)}`),
    ...groups.map(({ text, why, members }) => `  ${bare(text)}  (${why})${mark(...members)}`),
    ...gone.map(({ text, standing }) => `  ${bare(text)}  (${standing}: no longer allowed)`),
  ];
}

const reasons = new Map([...knownBad, deniedByPolicy].map(({ name, reason }) => [name, reason]));

function reasonOfRule(name: string): string {
  return reasons.get(name) ?? name;
}

function timeText(ms: number): string {
  return rfc3339(BigInt(ms) * 1_000_000n).replace(/\.\d+Z$/, "Z");
}
