/** One signal's way to the peer: its coding, its transport, and what the peer answered to it. */
import type { Around } from "../sink.ts";
import { json, protobuf, type Encoding } from "./encoding.ts";
import { GrpcTransport } from "./grpc-transport.ts";
import { HttpTransport } from "./http-transport.ts";
import { wayOf, type OtlpSettings, type Way } from "./keys.ts";
import { signals, type Signal } from "./shapes.ts";
import { fewWords, type Outcome, type Transport } from "./transport.ts";

export type Told =
  | Exclude<Outcome, { readonly is: "taken" }>
  | { readonly is: "taken"; readonly rejected: number; readonly says: string };

export const unwritable = "unwritable";

export class Channel {
  readonly signal: Signal;
  readonly #way: Way;
  readonly #by: Encoding;
  readonly #transport: Transport;

  constructor(signal: Signal, way: Way, around: Pick<Around, "version" | "nowMs">) {
    this.signal = signal;
    this.#way = way;
    this.#by = way.protocol === "http/json" ? json : protobuf;
    this.#transport = transportOf(signal, way, around);
  }

  /** Rejects where the peer did not answer. */
  async carry(write: (by: Encoding) => Uint8Array, signal: AbortSignal): Promise<Told> {
    let message;
    try {
      message = write(this.#by);
    } catch (error) {
      return { is: "refused", reason: unwritable, why: `it cannot be written: ${String(error)}` };
    }
    const outcome = await this.#transport.carry(message, signal);
    if (outcome.is !== "taken") return outcome;
    const { rejected, says } = this.#by[this.signal].read(outcome.answer);
    return { is: "taken", rejected, says: fewWords(says) };
  }

  get says(): string {
    return `${this.signal} by ${this.#way.protocol} to ${new URL(this.#way.url).host}`;
  }

  close(): void {
    this.#transport.close();
  }
}

export type Channels = Readonly<Partial<Record<Signal, Channel>>>;

export function channelsOf(settings: OtlpSettings, around: Around): Channels {
  return Object.fromEntries(
    signals.flatMap((signal) => {
      const way = wayOf(signal, settings);
      return way.url === "" ? [] : [[signal, new Channel(signal, way, around)] as const];
    }),
  );
}

const services = {
  logs: "LogsService",
  traces: "TraceService",
  metrics: "MetricsService",
} as const;
const packages = { logs: "logs", traces: "trace", metrics: "metrics" } as const;

function transportOf(
  signal: Signal,
  { url, protocol, isGzip, http }: Way,
  { version, nowMs }: Pick<Around, "version" | "nowMs">,
): Transport {
  if (protocol !== "grpc")
    return new HttpTransport(http, { url, isJson: protocol === "http/json", isGzip, nowMs });
  const service = `opentelemetry.proto.collector.${packages[signal]}.v1.${services[signal]}`;
  return new GrpcTransport(http, { url, method: `/${service}/Export`, isGzip, version });
}
