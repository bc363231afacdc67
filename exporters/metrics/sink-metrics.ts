/** The metrics of what leaves Pahlevan: of each sink's queue, and how its receiver answers. */
import type { SinkFigures } from "../delivery/figures.ts";
import type { Figure, Metric, Sample } from "./metric.ts";

const sink = ["exporter", "type"] as const;
const adds = "accepted = sent + queued + spilled + dropped, always.";

export const sinkMetrics: readonly Metric[] = [
  byLane("pahlevan_exporter_records_accepted_total", "counter", {
    help: `Records that an exporter took, by the lane that they go in: ${adds}`,
    counts: ({ accepted }) => accepted,
  }),
  byLane("pahlevan_exporter_records_sent_total", "counter", {
    help: `Of those, what the receiver has and said so. ${adds}`,
    counts: ({ sent }) => sent,
  }),
  byLane("pahlevan_exporter_records_queued", "gauge", {
    help: `Of those, what waits in memory or is on its way now. ${adds}`,
    counts: ({ queued }) => queued,
  }),
  byLane("pahlevan_exporter_records_spilled", "gauge", {
    help: `Of those, what waits on disk. ${adds}`,
    counts: ({ spilled }) => spilled,
  }),
  {
    name: "pahlevan_exporter_records_dropped_total",
    type: "counter",
    help: `Of those, what the receiver will not get, and why: no room, or refused for good. ${adds}`,
    labels: [...sink, "lane", "reason"],
    read: (source) =>
      [...source.sinks()].flatMap((of) =>
        of.dropped.map(({ lane, reason, count }): Sample => {
          return [{ ...nameOf(of), lane, reason }, count];
        }),
      ),
  },
  each("pahlevan_exporter_spilled_bytes", {
    help: "What waits on disk, in bytes.",
    value: ({ spilledBytes }) => spilledBytes,
  }),
  {
    name: "pahlevan_exporter_attempts_total",
    type: "counter",
    help: "Requests to a receiver by what became of them: done or failed.",
    labels: [...sink, "outcome"],
    read: (source) =>
      [...source.sinks()].flatMap((of) =>
        Object.entries(of.attempts).map(([outcome, count]): Sample => {
          return [{ ...nameOf(of), outcome }, count];
        }),
      ),
  },
  each("pahlevan_exporter_resting", {
    help: "1 while a receiver is not asked, because it failed too often.",
    value: ({ isResting }) => Number(isResting),
  }),
  each("pahlevan_exporter_last_success_timestamp_seconds", {
    help: "When a receiver last took something, in seconds since 1970; absent before the first time.",
    value: ({ lastSentMs }) => (lastSentMs === undefined ? undefined : lastSentMs / 1_000),
  }),
];

interface OfLanes {
  readonly help: string;
  readonly counts: (of: SinkFigures) => SinkFigures["accepted"];
}

function byLane(name: string, type: Figure["type"], { help, counts }: OfLanes): Metric {
  return {
    ...{ name, type, help },
    labels: [...sink, "lane"],
    read: (source) =>
      [...source.sinks()].flatMap((of) =>
        Object.entries(counts(of)).map(([lane, count]): Sample => {
          return [{ ...nameOf(of), lane }, count];
        }),
      ),
  };
}

interface OfSink {
  readonly help: string;
  /** Undefined: there is none yet. */
  readonly value: (of: SinkFigures) => number | undefined;
}

function each(name: string, { help, value }: OfSink): Metric {
  return {
    ...{ name, type: "gauge", help, labels: sink },
    read: (source) =>
      [...source.sinks()].flatMap((of): Sample[] => {
        const figure = value(of);
        return figure === undefined ? [] : [[nameOf(of), figure]];
      }),
  };
}

function nameOf({ name, type }: SinkFigures) {
  return { exporter: name, type };
}
