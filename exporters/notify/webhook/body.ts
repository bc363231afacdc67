/** A record, or several, as a webhook's body: CloudEvents 1.0, or as Standard Webhooks has it. */
import type { Line } from "../../record.ts";
import { severityOf } from "../../severity.ts";
import { endsTrouble } from "../fold.ts";
import { incidentKey, isTrouble } from "../incident.ts";

export const formats = ["cloudevents", "pahlevan"] as const;
export type Format = (typeof formats)[number];

export interface Sender {
  readonly cluster: string;
  readonly host: string;
}

export interface Body {
  readonly contentType: string;
  readonly text: string;
}

export function bodyOf(lines: readonly Line[], format: Format, sender: Sender): Body {
  const [only, ...others] = lines;
  const isOne = only !== undefined && others.length === 0;
  switch (format) {
    case "cloudevents": {
      const events = lines.map((line) => cloudEvent(line, sender));
      return {
        contentType: `application/cloudevents${isOne ? "" : "-batch"}+json; charset=utf-8`,
        text: JSON.stringify(isOne ? events[0] : events),
      };
    }
    case "pahlevan":
      return {
        contentType: "application/json",
        text: JSON.stringify({
          type: isOne ? typeOf(only) : "pahlevan.records",
          timestamp: only?.time,
          data: isOne ? dataOf(only, sender) : lines.map((line) => dataOf(line, sender)),
        }),
      };
  }
}

function typeOf({ event }: Line): string {
  return event === "span" ? "pahlevan.span" : event;
}

function dataOf(line: Line, sender: Sender) {
  return { ...line, ...sender, ...marksOf(line, sender) };
}

/** Names of further attributes are lower-case letters and digits, 20 at most. */
function cloudEvent(line: Line, sender: Sender) {
  const { cluster, host } = sender;
  const { traceId, spanId } = line.trace ?? {};
  return {
    specversion: "1.0",
    id: line.id,
    source: `/pahlevan/${[cluster, host].map(encodeURIComponent).join("/")}`,
    type: typeOf(line),
    subject: `${line.namespace}/${line.workload}`,
    time: line.time,
    datacontenttype: "application/json",
    ...marksOf(line, sender),
    ...(traceId !== undefined && { traceparent: `00-${traceId}-${spanId}-01` }),
    data: line,
  };
}

/** The same key as PagerDuty and Opsgenie get: by it a receiver can fold what nodes tell. */
function marksOf(line: Line, { cluster, host }: Sender) {
  const { namespace, workload, policy } = line;
  const isOfIncident = isTrouble(line) || endsTrouble(line);
  const key = incidentKey({ cluster, host, namespace, workload, policy }, false);
  return { severity: severityOf(line), ...(isOfIncident && { incident: key }) };
}
