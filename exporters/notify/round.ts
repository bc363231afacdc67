/** Of what is to be told, what goes now: the gravest first, no more than the pace lets. */
import { severities, type Severity } from "../severity.ts";
import type { Incident } from "./incident.ts";
import type { Message } from "./teller.ts";
import { headlineOf } from "./words.ts";

/** What was not told at all before this round. */
export interface News {
  readonly says: readonly string[];
  readonly severity: Severity;
  /** Of earlier rounds, only counted. */
  readonly leftOut: number;
}

export interface Round {
  readonly messages: readonly Message[];
  /** Told by the message at the same place. The last one may tell of many. */
  readonly told: readonly (readonly Incident[])[];
  /** Whether the news are in it: in the last message. */
  readonly hasNews: boolean;
}

/** Lines of a message of news. */
const mostLines = 20;

export function roundOf(
  incidents: readonly Incident[],
  news: News,
  most: number,
  isPager: boolean,
): Round {
  const byGravity = [...incidents].sort((one, other) => gravity(other) - gravity(one));
  const hasNews = !isPager && news.says.length > 0;
  const isAll = byGravity.length + (hasNews ? 1 : 0) <= most;
  // Where not all can go by itself, the last message a chat takes names the others.
  const alone = isPager ? Math.max(0, most) : isAll ? byGravity.length : Math.max(0, most - 1);
  const own = byGravity.slice(0, alone);
  const messages: Message[] = own.map((incident) => ({
    about: "incident",
    incident,
    handle: incident.told?.handle ?? "",
  }));
  const told: (readonly Incident[])[] = own.map((incident) => [incident]);
  const others = byGravity.slice(alone);
  if (isPager || most <= own.length || (others.length === 0 && !hasNews))
    return { messages, told, hasNews: false };
  messages.push(listOf(others, hasNews ? news : { says: [], severity: "debug", leftOut: 0 }));
  told.push(others);
  return { messages, told, hasNews };
}

function gravity({ severity, over }: Incident): number {
  return severities.indexOf(severity) * 2 + (over === undefined ? 1 : 0);
}

function listOf(others: readonly Incident[], news: News): Message {
  const lines = [...others.map(headlineOf), ...news.says];
  const all = lines.length + news.leftOut;
  const gravest = [news.severity, ...others.map(({ severity }) => severity)];
  return {
    about: "news",
    title: others.length === 0 ? "News of Pahlevan" : `${others.length} more incidents`,
    severity: severities.findLast((each) => gravest.includes(each)) ?? "info",
    lines: lines.slice(0, mostLines),
    more: all - Math.min(lines.length, mostLines),
  };
}
