/**
 * An incident as an alert of Opsgenie's or Jira Service Management's API, within its limits:
 * https://docs.opsgenie.com/docs/alert-api
 */
import type { Severity } from "../../severity.ts";
import type { Incident } from "../incident.ts";
import { clip, clipLines, plain, webLink } from "../plain.ts";
import { actsOf, factsOf, headlineOf, nameOf } from "../words.ts";

export const limits = {
  message: 130,
  alias: 512,
  description: 15_000,
  entity: 512,
  source: 100,
  tags: 20,
  tag: 50,
  /** Of all names and values together. */
  details: 8_000,
  note: 25_000,
} as const;

export const priorities = {
  critical: "P1",
  error: "P2",
  warning: "P3",
  info: "P5",
  debug: "P5",
} as const satisfies Record<Severity, string>;

export function openAlert(incident: Incident) {
  const link = webLink(incident.url, 1_000);
  const lines = [
    ...actsOf(incident),
    ...incident.says,
    ...(link === undefined ? [] : [`What the alert shows: ${link}`]),
  ];
  return {
    message: clip(headlineOf({ ...incident, over: undefined }), limits.message),
    alias: incident.key,
    // Opsgenie shows HTML of it: with these as entities there is none.
    description: clipLines(lines.map(withoutMarkup), limits.description),
    entity: plain(nameOf(incident), limits.entity),
    source: plain(incident.host || "pahlevan", limits.source),
    priority: priorities[incident.severity],
    tags: ["pahlevan", `severity:${incident.severity}`],
    details: Object.fromEntries(factsOf(incident)),
  };
}

export function closeAlert(incident: Incident) {
  return {
    source: plain(incident.host || "pahlevan", limits.source),
    note: clip(plain(headlineOf(incident), 1_000), limits.note),
  };
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

function withoutMarkup(text: string): string {
  return text.replaceAll(/[&<>]/g, (char) => entities[char] ?? char);
}
