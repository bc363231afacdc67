/** Records as the HTTP Event Collector takes them: one JSON object after the other. */
import { unixMs, type Outgoing } from "../../record.ts";
import { severityOf } from "../../severity.ts";
import type { Around } from "../../sink.ts";

export interface Placing {
  readonly index: string;
  readonly source: string;
  readonly sourcetype: string;
}

export function eventsBody(batch: readonly Outgoing[], placing: Placing, around: Around): string {
  return batch.map((record) => eventOf(record, placing, around)).join("\n");
}

function eventOf(
  { line, text }: Outgoing,
  { index, source, sourcetype }: Placing,
  { host, cluster }: Around,
): string {
  const about = JSON.stringify({
    time: unixMs(line.time) / 1_000,
    host,
    source,
    sourcetype,
    ...(index !== "" && { index }),
    // Kept with the index: few, and of few values. Everything else is found in the event.
    fields: {
      severity: severityOf(line),
      ...(line.namespace !== "" && { namespace: line.namespace }),
      ...(cluster !== "" && { cluster }),
    },
  });
  // The event is JSON already: it is not read only to be written again.
  return `${about.slice(0, -1)},"event":${text}}`;
}
