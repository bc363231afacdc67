/** OpenTelemetry: records as log records, what took time as spans, and metrics, over OTLP. */
import { batchOf } from "../delivery/http.ts";
import type { Snapshot } from "../metrics/snapshot.ts";
import type { Line, Outgoing, SpanLine } from "../record.ts";
import {
  refuse,
  together,
  type Around,
  type BatchLimits,
  type Report,
  type Sink,
  type SinkKind,
} from "../sink.ts";
import type { LogLine } from "./attributes.ts";
import { channelsOf, type Channel, type Channels } from "./channel.ts";
import { deliver, nothing, type Means } from "./deliver.ts";
import { keys, wayOf, type OtlpSettings } from "./keys.ts";
import { keyValues } from "./key-values.ts";
import { logRecord } from "./log-record.ts";
import { MetricsTeller } from "./metrics-teller.ts";
import { resourceOf } from "./resource.ts";
import { signals, type Source } from "./shapes.ts";
import { spanOf } from "./span.ts";

export const otlp = {
  type: "otlp",
  says: "OpenTelemetry: log records, spans and metrics over OTLP, to a collector or a backend.",
  keys,
  events: ["decision", "transition", "notice", "converged", "first_seen", "instance", "span"],
  metrics: true,
  batch: batchLimits,
  make: (settings, around) => new OtlpSink(settings, around),
} satisfies SinkKind<typeof keys>;

/**
 * A gRPC server takes 4 MiB of a message once it is decompressed, by default; over HTTP a collector
 * takes 20. A record's protobuf is about twice as long as its line.
 */
const mostOfACall = 3 << 19;

function batchLimits(settings: OtlpSettings): BatchLimits {
  const limits = batchOf(settings);
  const isCall = signals.some((signal) => wayOf(signal, settings).protocol === "grpc");
  return isCall ? { ...limits, bytes: Math.min(limits.bytes, mostOfACall) } : limits;
}

class OtlpSink implements Sink {
  readonly #around: Around;
  readonly #source: Source;
  readonly #channels: Channels;
  /** Only where there is an endpoint for them. */
  readonly sendMetrics?: (snapshot: Snapshot, signal: AbortSignal) => Promise<void>;
  #warned = "";

  constructor(settings: OtlpSettings, around: Around) {
    const { version } = around;
    this.#around = around;
    this.#source = {
      attributes: keyValues(resourceOf(around, settings["resource-attributes"])),
      scope: { name: "pahlevan", version },
    };
    this.#channels = channelsOf(settings, around);
    if (Object.keys(this.#channels).length === 0)
      throw new Error("endpoint: is not set; it takes where a collector listens");
    const { metrics } = this.#channels;
    if (metrics === undefined) return;
    const memory = settings.temporality === "delta" ? around.memory : undefined;
    const teller = new MetricsTeller(metrics, this.#source, memory);
    this.sendMetrics = (snapshot, signal) => teller.tell(snapshot, signal);
  }

  async send(batch: readonly Outgoing[], signal: AbortSignal): Promise<Report> {
    const { logs, traces } = this.#channels;
    const nowMs = this.#around.nowMs();
    const told = await this.#tell(
      batch.filter(({ sort }) => sort !== "span"),
      logs,
      {
        write: (by, records) =>
          by.logs.write(this.#source, records, (one) => logRecord(logLine(read(one)), nowMs)),
        signal,
      },
    );
    const traced = await this.#tell(
      batch.filter(({ sort }) => sort === "span"),
      traces,
      {
        write: (by, records) =>
          by.traces.write(this.#source, records, (one) => spanOf(spanLine(read(one)))),
        signal,
      },
    );
    const both = together(told, traced);
    const again = new Set(both.again);
    return { ...both, again: batch.filter((record) => again.has(record)) };
  }

  /** An empty message to each: a collector takes it, and has nothing to keep. */
  async check(signal: AbortSignal): Promise<string> {
    const found: string[] = [];
    for (const channel of Object.values(this.#channels)) found.push(await greet(channel, signal));
    return `it takes ${found.join(", ")}`;
  }

  async close(): Promise<void> {
    for (const channel of Object.values(this.#channels)) channel.close();
  }

  async #tell(
    records: readonly Outgoing[],
    channel: Channel | undefined,
    how: Pick<Means, "write" | "signal">,
  ): Promise<Report> {
    if (records.length === 0) return nothing;
    if (channel !== undefined)
      return deliver(records, { ...how, channel, warned: (says) => this.#warn(says) });
    return refuse(records, "no_endpoint", "no endpoint is set for this signal");
  }

  /** Peers repeat themselves with each batch. */
  #warn(says: string): void {
    if (says === this.#warned) return;
    this.#warned = says;
    this.#around.complain(`the peer took all, and says: ${says}`);
  }
}

async function greet(channel: Channel, signal: AbortSignal): Promise<string> {
  const told = await channel.carry((by) => by[channel.signal].empty, signal);
  if (told.is === "taken") return channel.says;
  throw new Error(`${channel.says}: ${told.why}`);
}

/** Its text stays, what was read of it does not: see Coding. */
function read(record: Outgoing): Line {
  const { line } = record;
  record.rest();
  return line;
}

function logLine(line: Line): LogLine {
  if (line.event !== "span") return line;
  throw new Error("a span is no log record");
}

function spanLine(line: Line): Line & SpanLine {
  if (line.event === "span") return line;
  throw new Error("a log record is no span");
}
