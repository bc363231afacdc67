/** What an incident is in words: the same in each sink, which only puts them into its own form. */
import { showDuration } from "@pahlevan/core/settings/values.ts";
import type { Incident } from "./incident.ts";
import { plain } from "./plain.ts";
import { topsOf, totalOf } from "./tally.ts";

/** Acts that a message names. */
const mostTops = 5;
const mostNameChars = 100;

export function nameOf({ namespace, workload }: Pick<Incident, "namespace" | "workload">): string {
  const name = plain(workload, mostNameChars);
  return namespace === "" ? name : `${plain(namespace, mostNameChars)}/${name}`;
}

/** In one line, the gravest first. */
export function headlineOf(incident: Incident): string {
  const name = nameOf(incident);
  const total = totalOf(incident.tally);
  if (incident.over !== undefined) return `${name}: over (${incident.over})`;
  const acts = total === 0 ? "" : actsIn(incident);
  if (incident.phase !== "") return `${name}: ${incident.phase}${acts === "" ? "" : `, ${acts}`}`;
  if (incident.calls > 0) return `${name}: somebody is to look${acts === "" ? "" : `, ${acts}`}`;
  return `${name}: ${acts === "" ? "was in trouble" : acts}`;
}

const done = { deny: "denied", kill: "killed for", alert: "told, and let through" };

function actsIn({ tally }: Incident): string {
  const total = totalOf(tally);
  const actions = new Set(tally.acts.map(({ action }) => action));
  const [only] = actions;
  const word =
    actions.size > 1 || tally.others > 0
      ? "against the policy"
      : (Object.entries(done).find(([action]) => action === only)?.[1] ?? "");
  return `${total} ${total === 1 ? "act" : "acts"} ${word}`.trim();
}

/** Names and values, for a table. Empty ones are left out. */
export function factsOf(incident: Incident): readonly (readonly [name: string, value: string])[] {
  const { policy, phase, cluster, host, openedMs, lastMs } = incident;
  const facts = [
    ["Workload", nameOf(incident)],
    ["Policy", plain(policy, mostNameChars)],
    ["State of the loop", phase],
    ["Severity", incident.severity],
    ["Cluster", plain(cluster, mostNameChars)],
    ["Told by", plain(host, mostNameChars)],
    ["Since", timeOf(openedMs)],
    ["Lasts", lastMs === openedMs ? "" : showDuration(wholeSeconds(lastMs - openedMs))],
  ] as const;
  return facts.filter(([, value]) => value !== "");
}

function wholeSeconds(ms: number): number {
  return Math.max(1_000, Math.round(ms / 1_000) * 1_000);
}

export function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

/** "12 × deny exec /usr/bin/curl", and at the end "and 412 more". */
export function actsOf({ tally }: Pick<Incident, "tally">): readonly string[] {
  const { tops, more } = topsOf(tally, mostTops);
  const lines = tops.map(({ what, action, count }) => `${count} × ${action} ${what}`);
  return more === 0 ? lines : [...lines, `and ${more} more`];
}

/** Lines of news, and how many there were besides. */
export function newsLines(lines: readonly string[], more: number): readonly string[] {
  return more === 0 ? lines : [...lines, `and ${more} more`];
}
