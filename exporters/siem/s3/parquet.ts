/** Records as a Parquet file: what one asks by as columns, and the whole record as JSON. */
import { parquetWriteBuffer } from "hyparquet-writer";
import { formats, type FormatName, type Origin } from "../../formats/formats.ts";
import { sortOf, unixMs, type Line, type Outgoing } from "../../record.ts";
import { severityOf } from "../../severity.ts";

type EventOf<L> = L extends { readonly kind: string } ? L : never;
type Event = EventOf<Line>;

/** Names as a query writes them: without dots. */
const texts: Readonly<Record<string, (line: Line, origin: Origin) => string | undefined>> = {
  id: ({ id }) => id,
  event: ({ event }) => event,
  sort: sortOf,
  severity: severityOf,
  host: (_, { host }) => host,
  cluster: (_, { cluster }) => cluster,
  namespace: ({ namespace }) => namespace,
  workload: ({ workload }) => workload,
  policy: ({ policy }) => policy,
  pod: event(({ pod }) => pod),
  container_id: event(({ container }) => container?.id),
  container_name: event(({ container }) => container?.name),
  image: event(({ container }) => container?.image),
  facet: event(({ facet }) => facet),
  kind: event(({ kind }) => kind),
  object: event(({ object }) => object),
  action: event(({ action }) => action),
  mode: event(({ mode }) => mode),
  tier: event(({ tier }) => tier),
  reason: event(({ reason }) => reason),
  exe: event(({ process }) => process?.exe),
  parent_exe: event(({ process }) => process?.parent?.exe),
  trace_id: ({ trace }) => trace?.traceId,
};

const numbers: Readonly<Record<string, (line: Line) => number | undefined>> = {
  pid: event(({ process }) => process?.pid),
  uid: event(({ process }) => process?.uid),
};

/** Empty is null, so that `IS NULL` finds what is not known. */
export function parquet(batch: readonly Outgoing[], format: FormatName, origin: Origin) {
  const lines = batch.map(({ line }) => line);
  const columnData = [
    {
      name: "time",
      type: "TIMESTAMP" as const,
      data: lines.map(({ time }) => new Date(unixMs(time))),
    },
    ...Object.entries(texts).map(([name, of]) => ({
      ...{ name, type: "STRING" as const, nullable: true },
      data: lines.map((line) => of(line, origin) || null),
    })),
    ...Object.entries(numbers).map(([name, of]) => ({
      ...{ name, type: "INT64" as const, nullable: true },
      data: lines.map((line) => {
        const value = of(line);
        return value === undefined ? null : BigInt(value);
      }),
    })),
    {
      name: "record",
      type: "JSON" as const,
      data: lines.map((line) => formats[format](line, origin)),
    },
  ];
  return new Uint8Array(
    parquetWriteBuffer({ columnData, createdBy: `pahlevan ${origin.version}` }),
  );
}

function event<T>(of: (line: Event) => T | undefined): (line: Line) => T | undefined {
  return (line) => ("kind" in line ? of(line) : undefined);
}

/** Their names, in their order. */
export const columns: readonly string[] = [
  "time",
  ...Object.keys(texts),
  ...Object.keys(numbers),
  "record",
];
