/** A record as one message of RFC 5424: its priority, its header, structured data, and a text. */
import { sortOf, type Line } from "../../record.ts";
import { severityOf, type Severity } from "../../severity.ts";
import { cef } from "../../formats/cef.ts";
import { formats, type Origin } from "../../formats/formats.ts";
import { sentenceOf } from "../../sentence.ts";
import { structured } from "./structured.ts";
import { visible } from "./visible.ts";

/** RFC 5424, table 1. */
export const facilities = {
  ...{ user: 1, daemon: 3, auth: 4, authpriv: 10, audit: 13, alert: 14 },
  ...{ local0: 16, local1: 17, local2: 18, local3: 19 },
  ...{ local4: 20, local5: 21, local6: 22, local7: 23 },
} as const;
export type Facility = keyof typeof facilities;

/** Table 2. */
const severities: Readonly<Record<Severity, number>> = {
  ...{ debug: 7, info: 6, warning: 4, error: 3, critical: 2 },
};

/** What stands where. `rfc5424`: fields as structured data, and a sentence for people. */
export const messageFormats = ["rfc5424", "json", "cef"] as const;
export type MessageFormat = (typeof messageFormats)[number];

export interface Manner {
  readonly format: MessageFormat;
  readonly facility: Facility;
  /** NAME@NUMBER, the number of a private enterprise. */
  readonly sdId: string;
  readonly appName: string;
}

export function messageOf(line: Line, origin: Origin, manner: Manner): string {
  const priority = facilities[manner.facility] * 8 + severities[severityOf(line)];
  const header = [
    `<${priority}>1`,
    timestamp(line.time),
    name(origin.host, 255),
    name(manner.appName, 48),
    "-",
    name(sortOf(line), 32),
  ];
  return `${header.join(" ")} ${body(line, origin, manner)}`;
}

function body(line: Line, origin: Origin, { format, sdId }: Manner): string {
  switch (format) {
    case "rfc5424": {
      // The mark says that the text is UTF-8 (6.4); who looks for JSON or CEF trips over it.
      const data = structured(sdId, formats.pahlevan(line, origin));
      return `${data} \uFEFF${visible(sentenceOf(line))}`;
    }
    case "json":
      return `- ${JSON.stringify(formats.pahlevan(line, origin))}`;
    case "cef":
      return `- ${visible(cef(line, origin))}`;
  }
}

/** Microseconds are the most that 6.2.3 allows. */
function timestamp(time: string): string {
  return time.replace(/(\.\d{6})\d+Z$/, "$1Z");
}

/** Printable ASCII without spaces, and `-` for nothing. */
function name(text: string, most: number): string {
  return text.replaceAll(/[^\x21-\x7e]/g, "_").slice(0, most) || "-";
}
