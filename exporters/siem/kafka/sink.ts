/** Messages in a Kafka topic, acknowledged by all replicas that are in step. */
import type { Producer } from "@platformatic/kafka";
import { choice, duration, text } from "@pahlevan/core/settings/values.ts";
import { batchKeys, batchOf } from "../../delivery/http.ts";
import { formats, type FormatName } from "../../formats/formats.ts";
import type { Outgoing } from "../../record.ts";
import { setting, type Values } from "../../settings.ts";
import type { Around, Report, Sink, SinkKind } from "../../sink.ts";
import { connectionKeys, connectionOf } from "./connection.ts";
import { groupsOf, toldOf, type Told } from "./message.ts";
import { saidOf, willNeverBeTaken } from "./trouble.ts";

const formatNames = Object.keys(formats).filter((name): name is FormatName => name in formats);

const keys = {
  ...connectionKeys,
  topic: setting(text("a name"), undefined, "The topic. It is not made: it has to be there."),
  format: setting(choice(...formatNames), "pahlevan", "In which words records are told."),
  compression: setting(choice("gzip", "zstd", "none"), "gzip", "How batches are compressed."),
  timeout: setting(duration(100, 300_000), 10_000, "How long an answer of a broker may take."),
  ...batchKeys(1_000, 512 << 10, 1_000),
};

type Settings = Values<typeof keys>;
type Texts = Producer<string, string, string, string>;

export const kafka = {
  type: "kafka",
  says: "Records as messages in a Kafka topic, keyed by namespace and workload.",
  keys,
  events: ["decision", "transition", "notice", "converged"],
  metrics: false,
  batch: batchOf,
  make: (settings, around) => new Kafka(settings, around),
} satisfies SinkKind<typeof keys>;

/** What became of messages so far. Those in neither are to be tried again. */
interface Fate {
  readonly sent: Set<Outgoing>;
  readonly refused: Map<Outgoing, string>;
  why?: string;
}

class Kafka implements Sink {
  readonly #settings: Settings;
  readonly #around: Around;
  #producer: Texts | undefined;

  constructor(settings: Settings, around: Around) {
    if (!/^[\w.-]{1,249}$/.test(settings.topic))
      throw new Error(`topic: is '${settings.topic}', which is no topic's name`);
    connectionOf(settings);
    this.#settings = settings;
    this.#around = around;
  }

  async send(batch: readonly Outgoing[], signal: AbortSignal): Promise<Report> {
    const fate: Fate = { sent: new Set(), refused: new Map() };
    const told = batch.map((record) => toldOf(record, this.#settings.format, this.#around));
    try {
      for (const group of groupsOf(told)) await this.#sendGroup(group, fate, signal);
    } catch (error) {
      fate.why = saidOf(error);
      // With it goes what it knows of sequences and connections: the next one begins anew.
      await this.close();
    }
    const refused: Record<string, number> = {};
    for (const reason of fate.refused.values()) refused[reason] = (refused[reason] ?? 0) + 1;
    const { sent, why } = fate;
    const again = batch.filter((record) => !sent.has(record) && !fate.refused.has(record));
    return { sent: sent.size, again, refused, ...(why !== undefined && { why }) };
  }

  async check(signal: AbortSignal): Promise<string> {
    const { topic } = this.#settings;
    try {
      const producer = await this.#open();
      const { topics, brokers } = await within(
        () => producer.metadata({ topics: [topic] }),
        signal,
      );
      const partitions = topics.get(topic)?.partitionsCount ?? 0;
      if (partitions === 0) throw new Error(`there is no topic ${topic}`);
      return `topic ${topic} has ${partitions} partitions; ${brokers.size} brokers`;
    } catch (error) {
      await this.close();
      throw new Error(saidOf(error), { cause: error });
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    // What is under way has failed already, or nobody waits for it.
    await producer?.close(true).catch(() => {});
  }

  /** Rejects where it cannot be sent now. */
  async #sendGroup(group: readonly Told[], fate: Fate, signal: AbortSignal): Promise<void> {
    const { topic } = this.#settings;
    try {
      const producer = await this.#open();
      const messages = group.map(({ key, value, headers }) => ({
        ...{ topic, key, value, headers },
      }));
      await within(() => producer.send({ messages }), signal);
      for (const { record } of group) fate.sent.add(record);
    } catch (error) {
      const reason = willNeverBeTaken(error);
      if (reason === undefined) throw error;
      const [only] = group;
      if (only !== undefined && group.length === 1) {
        fate.refused.set(only.record, reason);
        fate.why ??= saidOf(error);
        return;
      }
      // It is said of all together: the halves tell whose fault it is.
      const half = group.length >> 1;
      await this.#sendGroup(group.slice(0, half), fate, signal);
      await this.#sendGroup(group.slice(half), fate, signal);
    }
  }

  async #open(): Promise<Texts> {
    if (this.#producer !== undefined) return this.#producer;
    // Loaded by whoever uses it.
    const { Producer, stringSerializers } = await import("@platformatic/kafka");
    const { timeout, compression } = this.#settings;
    this.#producer = new Producer({
      clientId: `pahlevan-${this.#around.name}`,
      ...connectionOf(this.#settings),
      serializers: stringSerializers,
      // A message that the client itself tries again is written once, and in its place.
      idempotent: true,
      // More is the business of the queue; with fewer the client tries for ever.
      retries: 2,
      retryDelay: 250,
      ...{ timeout, connectTimeout: timeout, requestTimeout: timeout },
      compression,
      autocreateTopics: false,
    });
    return this.#producer;
  }
}

/** The client takes no signal: what it still does when one comes is of no interest. */
async function within<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new Error("stopped"));
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work(), promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
