/** Datadog by DogStatsD: metrics, events and a service check for the Datadog agent of this node. */
import { count, duration, list, bytes } from "@pahlevan/core/settings/values.ts";
import type { Snapshot } from "../metrics/snapshot.ts";
import type { Outgoing } from "../record.ts";
import { setting, url, type Values } from "../settings.ts";
import type { Around, Report, Sink, SinkKind } from "../sink.ts";
import { bucketLines, checkLine, eventLine, figureLine, packetsOf } from "./dogstatsd-lines.ts";
import { wayTo, type Way } from "./dogstatsd-way.ts";
import { Growth } from "./growth.ts";
import { senderKeys } from "./keys.ts";
import { pointsOf, type Point } from "./points.ts";
import { senderOf, type Sender } from "./sender.ts";

const parts = ["metrics", "events", "service-checks"] as const;

/** `unix://` is a datagram socket, which Node cannot open. */
const address = url("udp", "unixstream");

export const dogstatsdKeys = {
  url: setting(
    address,
    "udp://127.0.0.1:8125",
    "Where it listens: udp://HOST:PORT, or unixstream:///PATH, the agent's dogstatsd_stream_socket.",
  ),
  send: setting(list(parts), parts, "Which parts are sent."),
  ...senderKeys,
  "batch-records": setting(count(1, 1_000), 100, "Records at once, at most."),
  "batch-bytes": setting(bytes(1_024, 1 << 20), 1 << 20, "Bytes of records at once, at most."),
  "batch-wait": setting(duration(0, 3_600_000), 1_000, "How long a record waits for others."),
};

export type DogstatsdSettings = Values<typeof dogstatsdKeys>;

export const dogstatsd = {
  type: "dogstatsd",
  says: "The Datadog agent of this node, by DogStatsD: metrics, events and a service check.",
  keys: dogstatsdKeys,
  events: ["transition", "notice"],
  metrics: true,
  batch: (settings) => ({
    records: settings["batch-records"],
    bytes: settings["batch-bytes"],
    waitMs: settings["batch-wait"],
  }),
  make: (settings, around) => new DogstatsdSink(settings, around),
} satisfies SinkKind<typeof dogstatsdKeys>;

class DogstatsdSink implements Sink {
  readonly #settings: DogstatsdSettings;
  readonly #around: Around;
  readonly #sender: Sender;
  readonly #growth: Growth;
  readonly #way: Way;

  constructor(settings: DogstatsdSettings, around: Around) {
    this.#settings = settings;
    this.#around = around;
    this.#sender = senderOf(settings, around);
    this.#way = wayTo(settings.url);
    this.#growth = new Growth(around.nowMs());
    this.#growth.take(around.memory);
  }

  /** Each an event; nobody answers, so that sent means handed over. */
  async send(batch: readonly Outgoing[], signal: AbortSignal): Promise<Report> {
    if (!this.#settings.send.includes("events")) {
      const why = "DogStatsD carries records as events, and `send` leaves events out";
      return { sent: 0, again: [], refused: { no_part: batch.length }, why };
    }
    for (const [at, record] of batch.entries()) {
      const line = eventLine(record.line, this.#sender.tags, this.#way.mostPacketBytes);
      try {
        await this.#way.send(line, signal);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return { sent: at, again: batch.slice(at), refused: {}, why };
      }
    }
    return { sent: batch.length, again: [], refused: {} };
  }

  async sendMetrics(snapshot: Snapshot, signal: AbortSignal): Promise<void> {
    const { send, histograms } = this.#settings;
    const { atMs, sinceMs } = snapshot;
    const { tags } = this.#sender;
    const most = this.#way.mostPacketBytes;
    if (send.includes("service-checks")) await this.#way.send(checkLine(atMs, tags), signal);
    if (!send.includes("metrics")) return;
    const points = pointsOf(snapshot, histograms);
    this.#growth.begin(sinceMs, atMs, () => points.filter((point) => "total" in point));
    // Point by point into a packet: what a packet that failed has in it grows on.
    let waiting: { readonly point: Point; readonly grown: number; readonly lines: string[] }[] = [];
    let waitingBytes = 0;
    const flush = async () => {
      for (const packet of packetsOf(
        waiting.flatMap(({ lines }) => lines),
        most,
      ))
        await this.#way.send(packet, signal);
      for (const { point, grown } of waiting) if ("total" in point) this.#growth.sent(point, grown);
      waiting = [];
      waitingBytes = 0;
    };
    for (const point of points) {
      const grown = "total" in point ? this.#growth.of(point) : 0;
      const lines = linesOf(point, grown, tags);
      const sizeBytes = Buffer.byteLength(lines.join("\n")) + 1;
      if (waiting.length > 0 && waitingBytes + sizeBytes > most) await flush();
      waiting.push({ point, grown, lines });
      waitingBytes += sizeBytes;
    }
    await flush();
    this.#growth.finish(atMs);
  }

  /** UDP is told of nobody there when it sends again. */
  async check(signal: AbortSignal): Promise<string> {
    const line = checkLine(this.#around.nowMs(), this.#sender.tags);
    await this.#way.send(line, signal);
    await new Promise((done) => setImmediate(done));
    await this.#way.send(line, signal);
    return `${this.#settings.url} has taken a service check, as far as can be known`;
  }

  close(): Promise<void> {
    this.#growth.leave(this.#around.memory);
    this.#way.close();
    return Promise.resolve();
  }
}

function linesOf(point: Point, grown: number, tags: readonly string[]): string[] {
  if (point.type === "bucket") return bucketLines(point, grown, tags);
  return [figureLine(point, point.type === "gauge" ? point.value : grown, tags)];
}
