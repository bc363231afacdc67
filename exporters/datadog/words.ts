/** A record in words: one line that says what happened, and what else there is to say. */
import type { Line } from "../record.ts";

export interface Words {
  readonly title: string;
  readonly text: string;
}

export function wordsFor(line: Line): Words {
  const where = `${line.namespace}/${line.workload}`;
  switch (line.event) {
    case "span":
      return {
        title: `${line.name} of ${where}${line.failed === undefined ? "" : ` failed: ${line.failed}`}`,
        text: `From ${line.startTime} to ${line.time}.`,
      };
    case "pahlevan.loop.transition":
      return {
        title: `${where}: ${line.policy} goes from ${line.from} to ${line.to}`,
        text: [
          `Pahlevan ${line.does}, because ${line.why}.`,
          `Asked for by ${line.cause.source} (${line.cause.by}): ${line.cause.says}`,
          ...(line.cause.url === undefined ? [] : [line.cause.url]),
        ].join("\n"),
      };
    case "pahlevan.loop.notice":
      return { title: `${where}: ${noticeWords[line.notice]}`, text: line.says };
    case "pahlevan.profile.converged":
      return {
        title: `${where}: learning is complete`,
        text: `${line.behaviours} behaviours of ${line.instances} instances.`,
      };
    default:
      return {
        title: `${where}: ${actWords[line.action]} ${line.facet} ${line.object}`,
        text: line.reason,
      };
  }
}

const noticeWords = {
  page: "somebody is to look, now",
  fail: "healing has failed",
  ask: "somebody is to decide",
  propose: "a proposal",
} as const;

const actWords = { allow: "saw", alert: "tells of", deny: "denied", kill: "killed for" } as const;

/** By whole characters; what was cut says so. */
export function cutTo(text: string, most: number): string {
  if (text.length <= most) return text;
  let kept = "";
  for (const character of text) {
    if (kept.length + character.length >= most) break;
    kept += character;
  }
  return `${kept}…`;
}
