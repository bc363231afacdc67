/**
 * Records as Loki's streams: what there are few of is a label, what one asks for besides is
 * structured metadata, and the line is the whole record.
 */
import { unixNs, type Line, type Outgoing } from "../../record.ts";
import { severityOf } from "../../severity.ts";
import type { Around } from "../../sink.ts";

type Labels = Readonly<Record<string, string>>;

/** As a server has them without a word said: a stream with more is refused. */
export const mostLabels = 15;

/** A stream for each set of these; never a pod, a process or a path, of which there is no end. */
export const ownLabels = ["service_name", "host", "cluster", "namespace", "event", "severity"];

function labelsOf(line: Line, { host, cluster }: Around): Labels {
  return given({
    service_name: "pahlevan",
    host,
    cluster,
    namespace: line.namespace,
    event: line.event,
    severity: severityOf(line),
  });
}

function metadataOf(line: Line): Labels {
  const { workload, policy, id } = line;
  const trace = line.event === "span" ? line.span : line.trace;
  const act = "facet" in line ? line : undefined;
  const transition = line.event === "pahlevan.loop.transition" ? line : undefined;
  return given({
    id,
    workload,
    policy,
    trace_id: trace?.traceId,
    span_id: trace?.spanId,
    facet: act?.facet,
    kind: act?.kind,
    action: act?.action,
    mode: act?.mode,
    tier: act?.tier,
    pod: act?.pod,
    container: act?.container?.name,
    container_id: act?.container?.id,
    executable: act?.process?.exe,
    from: transition?.from,
    to: transition?.to,
    notice: line.event === "pahlevan.loop.notice" ? line.notice : undefined,
  });
}

/** An empty label is none: Loki takes it off again. */
function given(labels: Readonly<Record<string, string | undefined>>): Labels {
  const entries = Object.entries(labels).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}

export interface Shape {
  readonly labels: Labels;
  readonly withMetadata: boolean;
}

export interface Stream {
  readonly labels: Labels;
  readonly records: Outgoing[];
}

export function streamsOf(
  batch: readonly Outgoing[],
  labels: Labels,
  around: Around,
): readonly Stream[] {
  const streams = new Map<string, Stream>();
  for (const record of batch) {
    const own = { ...labelsOf(record.line, around), ...labels };
    const key = JSON.stringify(own);
    const stream = streams.get(key) ?? { labels: own, records: [] };
    streams.set(key, stream);
    stream.records.push(record);
  }
  return [...streams.values()];
}

export function pushBody(
  batch: readonly Outgoing[],
  { labels, withMetadata }: Shape,
  around: Around,
): string {
  const streams = streamsOf(batch, labels, around).map(({ labels: stream, records }) => ({
    stream,
    values: records.map(({ line, text }) => {
      const entry = [String(unixNs(line.time)), text];
      return withMetadata ? [...entry, metadataOf(line)] : entry;
    }),
  }));
  return JSON.stringify({ streams });
}
