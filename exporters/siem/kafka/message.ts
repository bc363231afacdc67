/** A record as a message: its key keeps a workload's records in order, headers tell them apart. */
import { formats, type FormatName, type Origin } from "../../formats/formats.ts";
import { sortOf, type Outgoing } from "../../record.ts";
import { severityOf } from "../../severity.ts";

export interface Told {
  readonly record: Outgoing;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function toldOf(record: Outgoing, format: FormatName, origin: Origin): Told {
  const { line } = record;
  return {
    record,
    key: `${line.namespace}/${line.workload}`,
    value: JSON.stringify(formats[format](line, origin)),
    headers: {
      id: line.id,
      event: line.event,
      sort: sortOf(line),
      severity: severityOf(line),
      "content-type": "application/json",
      format,
    },
  };
}

/**
 * Those of one key together, each group in its order. A group is one partition's, and so one
 * answer's: it is known what became of it.
 */
export function groupsOf(messages: readonly Told[]): readonly (readonly Told[])[] {
  return [...Map.groupBy(messages, ({ key }) => key).values()];
}
