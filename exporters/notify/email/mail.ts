/** Messages as one mail: text and HTML, in the thread of each incident that it tells of. */
import { createHash } from "node:crypto";
import type { Incident } from "../incident.ts";
import { clip, plain, webLink } from "../plain.ts";
import type { Message } from "../teller.ts";
import { actsOf, factsOf, headlineOf, nameOf, newsLines } from "../words.ts";

export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
  readonly inReplyTo?: string;
  readonly references?: string[];
  readonly priority: "high" | "normal";
  readonly headers: Readonly<Record<string, string>>;
}

const mostSubjectChars = 180;

export interface MailWords {
  /** At the beginning of each subject. */
  readonly tag: string;
  /** Of the ids that a mail is known by. */
  readonly domain: string;
}

export function letterOf(messages: readonly Message[], { tag, domain }: MailWords): Letter {
  const incidents = messages.flatMap((each) => (each.about === "incident" ? [each] : []));
  const before = [...new Set(incidents.map(({ handle }) => handle).filter(Boolean))];
  const [first] = before;
  return {
    subject: clip(
      plain(
        `${first === undefined ? "" : "Re: "}${tag} ${subjectOf(messages)}`.replaceAll(/ +/g, " "),
        mostSubjectChars,
      ),
      mostSubjectChars,
    ),
    text: messages.map((each) => partText(each)).join("\n\n----\n\n"),
    html: page(messages.map((each) => partHtml(each)).join("\n<hr>\n")),
    messageId: `<${markOf(messages)}@${domain}>`,
    ...(first !== undefined && { inReplyTo: first, references: before }),
    priority: messages.some(isCritical) ? "high" : "normal",
    // RFC 3834: nobody who is away answers.
    headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
  };
}

function isCritical(message: Message): boolean {
  if (message.about === "news") return message.severity === "critical";
  return message.incident.severity === "critical" && message.incident.over === undefined;
}

/** Of one incident always the same, so that mail programs which thread by subjects do, too. */
function subjectOf(messages: readonly Message[]): string {
  const [only, ...others] = messages;
  if (only === undefined) return "";
  if (others.length > 0) return digestSubject(messages);
  if (only.about === "news") return only.title;
  const { incident } = only;
  const policy = incident.policy === "" ? "" : ` (${plain(incident.policy, 60)})`;
  return `${nameOf(incident)}${policy}`;
}

function digestSubject(messages: readonly Message[]): string {
  const incidents = messages.flatMap((each) => (each.about === "incident" ? [each.incident] : []));
  const over = incidents.filter((each) => each.over !== undefined).length;
  const parts = [
    [incidents.length - over, "in trouble"],
    [over, "over"],
  ] as const;
  const words = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return words.join(", ");
}

/** The same in each attempt, so that a mail that came twice can be known. */
function markOf(messages: readonly Message[]): string {
  const said = messages.map((message) =>
    message.about === "news"
      ? [message.title, message.lines, message.more]
      : [...markParts(message.incident)],
  );
  return `pahlevan.${createHash("sha256").update(JSON.stringify(said)).digest("hex").slice(0, 32)}`;
}

function markParts({ key, host, openedMs, told, severity, over, tally, says }: Incident) {
  return [key, host, openedMs, told?.atMs ?? 0, severity, over ?? "", tally, says];
}

function headOf(incident: Incident): string {
  return `[${incident.over === undefined ? incident.severity : "over"}] ${headlineOf(incident)}`;
}

function partText(message: Message): string {
  if (message.about === "news")
    return [message.title, "", ...newsLines(message.lines, message.more)].join("\n");
  const { incident } = message;
  const link = webLink(incident.url, 1_000);
  return [
    headOf(incident),
    "",
    ...factsOf(incident).map(([name, value]) => `${name}: ${value}`),
    ...withGap(actsOf(incident).map((line) => `  ${line}`)),
    ...withGap(incident.says),
    ...withGap(link === undefined ? [] : [link]),
  ].join("\n");
}

function withGap(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", ...lines];
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function html(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => entities[char] ?? char);
}

function partHtml(message: Message): string {
  if (message.about === "news") {
    const lines = newsLines(message.lines, message.more).map((line) => `<li>${html(line)}</li>`);
    return `<h2>${html(message.title)}</h2>\n<ul>${lines.join("")}</ul>`;
  }
  const { incident } = message;
  const link = webLink(incident.url, 1_000);
  const rows = factsOf(incident).map(
    ([name, value]) => `<tr><th align="left">${name}</th><td>${html(value)}</td></tr>`,
  );
  const acts = actsOf(incident).map((line) => `<li><code>${html(line)}</code></li>`);
  return [
    `<h2>${html(headOf(incident))}</h2>`,
    `<table>${rows.join("")}</table>`,
    ...(acts.length === 0 ? [] : [`<ul>${acts.join("")}</ul>`]),
    ...incident.says.map((line) => `<p>${html(line)}</p>`),
    ...(link === undefined ? [] : [`<p><a href="${html(link)}">What the alert shows</a></p>`]),
  ].join("\n");
}

function page(body: string): string {
  return `<!doctype html>\n<html><body style="font-family:sans-serif">\n${body}\n</body></html>\n`;
}
