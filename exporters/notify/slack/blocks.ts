/**
 * A message in Slack's blocks, within its limits:
 * https://docs.slack.dev/reference/block-kit/blocks
 */
import { webLink } from "../plain.ts";
import type { Message } from "../teller.ts";
import { actsOf, factsOf, headlineOf, newsLines } from "../words.ts";

export const limits = {
  blocks: 50,
  header: 150,
  section: 3_000,
  fields: 10,
  field: 2_000,
  /** Of `text`, beyond which Slack cuts away. */
  fallback: 4_000,
  link: 3_000,
} as const;

interface Text {
  readonly type: "plain_text" | "mrkdwn";
  readonly text: string;
  readonly emoji?: false;
  /** No names or addresses are made links of. */
  readonly verbatim?: true;
}

type Block =
  | { readonly type: "header"; readonly text: Text }
  | { readonly type: "section"; readonly text: Text }
  | { readonly type: "section"; readonly fields: readonly Text[] }
  | { readonly type: "context"; readonly elements: readonly Text[] };

export interface SlackMessage {
  /** What a notification shows. */
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Without these three nobody is mentioned, and nothing is a link. No entity is cut in two. */
function escaped(text: string, most: number): string {
  let out = "";
  for (const char of text) {
    const next = entities[char] ?? char;
    if (out.length + next.length > most - 1) return `${out}…`;
    out += next;
  }
  return out;
}

/** A span of code ends at a backtick. */
function code(text: string): string {
  return `\`${escaped(text.replaceAll("`", "ˋ"), 400)}\``;
}

function mrkdwn(text: string): Text {
  return { type: "mrkdwn", text, verbatim: true };
}

function header(text: string): Block {
  const cut = text.length > limits.header ? `${text.slice(0, limits.header - 1)}…` : text;
  return { type: "header", text: { type: "plain_text", text: cut.toWellFormed(), emoji: false } };
}

/** Of the lines, as many as a section takes. */
function section(lines: readonly string[]): readonly Block[] {
  let text = "";
  for (const line of lines) {
    if (text.length + line.length + 1 > limits.section) break;
    text = text === "" ? line : `${text}\n${line}`;
  }
  return text === "" ? [] : [{ type: "section", text: mrkdwn(text) }];
}

export function slackMessage(message: Message): SlackMessage {
  const quiet = { unfurl_links: false, unfurl_media: false } as const;
  if (message.about === "news") {
    const lines = newsLines(message.lines, message.more).map((line) => escaped(line, 600));
    return {
      text: escaped(`${message.title}: ${message.lines[0] ?? ""}`, limits.fallback),
      blocks: [header(message.title), ...section(lines)],
      ...quiet,
    };
  }
  const { incident } = message;
  const headline = `[${incident.over === undefined ? incident.severity : "over"}] ${headlineOf(incident)}`;
  const fields = factsOf(incident)
    .slice(0, limits.fields)
    .map(([name, value]) => mrkdwn(`*${name}*\n${escaped(value, limits.field - 100)}`));
  const link = webLink(incident.url, limits.link - 100);
  return {
    text: escaped(headline, limits.fallback),
    blocks: [
      header(headline),
      { type: "section", fields },
      ...section(actsOf(incident).map(code)),
      ...section(incident.says.map((says) => escaped(says, 500))),
      ...(link === undefined
        ? []
        : [
            {
              type: "context",
              elements: [mrkdwn(`<${link.replaceAll("&", "&amp;")}|What the alert shows>`)],
            } as const,
          ]),
    ],
    ...quiet,
  };
}
