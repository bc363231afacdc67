/**
 * A message as an Adaptive Card 1.4 for a webhook of Teams' Workflows. All that others chose stands
 * in text runs, which know no Markdown (https://adaptivecards.io/explorer/TextRun.html).
 */
import type { Severity } from "../../severity.ts";
import { plain, webLink } from "../plain.ts";
import type { Message } from "../teller.ts";
import { actsOf, factsOf, headlineOf, newsLines } from "../words.ts";

/** Of the whole message: what Teams takes. */
export const mostBytes = 28 * 1_024;

type Color = "Default" | "Accent" | "Good" | "Warning" | "Attention";

interface Run {
  readonly type: "TextRun";
  readonly text: string;
  readonly weight?: "Bolder";
  readonly size?: "Large";
  readonly fontType?: "Monospace";
  readonly color?: Color;
}

interface Rich {
  readonly type: "RichTextBlock";
  readonly inlines: readonly Run[];
}

const colors: Readonly<Record<Severity, Color>> = {
  debug: "Default",
  info: "Accent",
  warning: "Warning",
  error: "Attention",
  critical: "Attention",
};

function rich(...inlines: readonly Omit<Run, "type">[]): Rich {
  return { type: "RichTextBlock", inlines: inlines.map((run) => ({ type: "TextRun", ...run })) };
}

function title(text: string, color: Color): Rich {
  return rich({ text: plain(text, 300), weight: "Bolder", size: "Large", color });
}

export function cardMessage(message: Message): string {
  const { body, link } = message.about === "news" ? newsBody(message) : incidentBody(message);
  let whole = text(body, link);
  // Names of three bytes a letter may be too much: then the last lines stay away, and it is said.
  for (let most = body.length - 1; most > 0 && Buffer.byteLength(whole) > mostBytes; most--)
    whole = text([...body.slice(0, most), rich({ text: "…and more than fits here" })], link);
  return whole;
}

function incidentBody({ incident }: Message & { readonly about: "incident" }) {
  const isOver = incident.over !== undefined;
  const word = isOver ? "over" : incident.severity;
  return {
    link: webLink(incident.url, 1_000),
    body: [
      title(`[${word}] ${headlineOf(incident)}`, isOver ? "Good" : colors[incident.severity]),
      ...factsOf(incident).map(([name, value]) =>
        rich({ text: `${name}: `, weight: "Bolder" }, { text: value }),
      ),
      ...actsOf(incident).map((line) => rich({ text: line, fontType: "Monospace" })),
      ...incident.says.map((line) => rich({ text: line })),
    ],
  };
}

function newsBody(message: Message & { readonly about: "news" }) {
  const lines = newsLines(message.lines, message.more);
  return {
    link: undefined,
    body: [
      title(message.title, colors[message.severity]),
      ...lines.map((line) => rich({ text: plain(line, 500) })),
    ],
  };
}

function text(body: readonly Rich[], link: string | undefined): string {
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    msteams: { width: "Full" },
    body,
    ...(link !== undefined && {
      actions: [{ type: "Action.OpenUrl", title: "What the alert shows", url: link }],
    }),
  };
  const contentType = "application/vnd.microsoft.card.adaptive";
  return JSON.stringify({
    type: "message",
    attachments: [{ contentType, contentUrl: null, content }],
  });
}
