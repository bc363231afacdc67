/** A real Kafka broker takes what the Kafka sink sends, and a consumer reads the same. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Admin, Consumer, stringDeserializers } from "@platformatic/kafka";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examples } from "@pahlevan/exporters/examples.ts";
import { Outgoing } from "@pahlevan/exporters/record.ts";
import { kafka } from "@pahlevan/exporters/siem/kafka/sink.ts";
import { BUILT_WITHIN_MS } from "../go-program.ts";
import { Authority } from "../../certificates.ts";
import { aroundOf, settingsOf } from "../../exporters/settings-of.ts";
import { Broker, kafkaLibraries, kafkaMissing } from "./kafka/broker.ts";

const around = aroundOf();

const why = await kafkaMissing();
const never = new AbortController().signal;
const time = "2026-11-22T14:03:07.123456789Z";

function records(prefix: string, more: { readonly workload?: string } = {}): Outgoing[] {
  return examples(time, prefix).map((line) => Outgoing.of({ ...line, ...more }));
}

describe.skipIf(why !== undefined)(`Kafka (${why ?? "real"})`, () => {
  let broker: Broker;
  beforeAll(async () => {
    await kafkaLibraries();
    broker = await Broker.start({ "message.max.bytes": "20000" });
  }, BUILT_WITHIN_MS);
  afterAll(() => broker?.[Symbol.asyncDispose]());

  async function topic(name: string, partitions = 3): Promise<string> {
    const admin = new Admin({ clientId: "test", bootstrapBrokers: [broker.address] });
    await admin.createTopics({ topics: [name], partitions, replicas: 1 });
    await admin.close();
    return name;
  }

  const sink = (name: string, settings: Readonly<Record<string, string>> = {}) =>
    kafka.make(
      settingsOf(kafka.keys, { brokers: broker.address, topic: name, ...settings }),
      around,
    );

  /** The first so many messages of a topic. */
  async function read(name: string, count: number) {
    const consumer = new Consumer({
      ...{ clientId: "test", groupId: `test-${name}`, bootstrapBrokers: [broker.address] },
      deserializers: stringDeserializers,
    });
    const stream = await consumer.consume({ topics: [name], mode: "earliest", autocommit: false });
    const messages = [];
    for await (const message of stream) {
      messages.push(message);
      if (messages.length === count) break;
    }
    await consumer.close(true);
    return messages;
  }

  it.each(["gzip", "zstd", "none"])(
    "keeps what was sent, compressed by %s",
    async (compression) => {
      const name = await topic(`whole-${compression}`);
      const one = sink(name, { compression });
      const other = { namespace: "shop", workload: "cart" };
      const batch = [...records("a"), ...records("b", other)];
      expect(await one.send(batch, never)).toEqual({ sent: 12, again: [], refused: {} });
      const messages = await read(name, 12);
      for (const workload of ["checkout", "cart"]) {
        const own = messages.filter(({ key }) => key === `shop/${workload}`);
        expect(own.map(({ value }): unknown => JSON.parse(value))).toEqual(
          batch
            .filter(({ line }) => line.workload === workload)
            .map(({ line }) => ({ ...line, host: "node-1", cluster: "west" })),
        );
        expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
      }
      const first = messages.find(({ headers }) => headers.get("id") === "a-1");
      expect(Object.fromEntries(first?.headers ?? [])).toEqual({
        ...{ id: "a-1", event: "pahlevan.decision", sort: "decision", severity: "error" },
        ...{ "content-type": "application/json", format: "pahlevan" },
      });
      await one.close();
    },
  );

  it("refuses the one message that is too large, and keeps the others", async () => {
    const name = await topic("too-large", 1);
    const one = sink(name, { compression: "none" });
    const [first, ...others] = examples(time);
    const large = { ...first!, ...{ object: "x".repeat(30_000) } };
    const batch = [...others.slice(0, 3), large, ...others.slice(3)].map((line) =>
      Outgoing.of(line),
    );
    const report = await one.send(batch, never);
    expect(report).toMatchObject({ sent: 5, again: [], refused: { too_large: 1 } });
    expect(report.why).toContain("MESSAGE_TOO_LARGE");
    const ids = (await read(name, 5)).map(({ headers }) => headers.get("id"));
    expect(ids).toEqual(others.map(({ id }) => id));
    await one.close();
  });

  it("says whether the topic is there, and keeps records until it is", async () => {
    const one = sink("not-yet");
    await expect(one.check(never)).rejects.toThrow("Unknown topic not-yet");
    const report = await one.send(records("a"), never);
    expect(report).toMatchObject({ sent: 0, again: { length: 6 }, refused: {} });
    expect(report.why).toContain("Unknown topic not-yet");
    await topic("not-yet");
    expect(await one.check(never)).toBe("topic not-yet has 3 partitions; 1 brokers");
    expect(await one.send(report.again, never)).toMatchObject({ sent: 6 });
    await one.close();
  });

  it("gets what was kept for it while it was away, on the same sink", async () => {
    const name = await topic("away", 1);
    const one = sink(name, { timeout: "2s" });
    await one.send(records("before"), never);
    await broker.stop();
    const report = await one.send(records("while"), never);
    expect(report).toMatchObject({ sent: 0, again: { length: 6 }, refused: {} });
    expect(report.why).toMatch(/connect|ECONN|closed/i);
    await broker.restart();
    expect(await one.send(report.again, never)).toMatchObject({ sent: 6 });
    const ids = (await read(name, 12)).map(({ headers }) => headers.get("id"));
    expect(ids).toEqual([...records("before"), ...records("while")].map(({ line }) => line.id));
    await one.close();
  });

  it("stops when it is told to", async () => {
    const one = sink(await topic("stopped"));
    const stop = new AbortController();
    stop.abort();
    expect(await one.send(records("a"), stop.signal)).toMatchObject({ again: { length: 6 } });
    await one.close();
  });

  it("is spoken to by TLS, as whom it knows by a password", async () => {
    using authority = new Authority();
    const { cert, key } = authority.vouchesFor("DNS:localhost");
    const keys = join(authority.folder, "broker.pem");
    writeFileSync(keys, `${key}${cert}`);
    const module = "org.apache.kafka.common.security.plain.PlainLoginModule";
    const login = 'username="pahlevan" password="secret" user_pahlevan="secret"';
    await using guarded = await Broker.start({
      "listener.security.protocol.map": "PLAINTEXT:SASL_SSL,CONTROLLER:PLAINTEXT",
      "inter.broker.listener.name": "PLAINTEXT",
      "sasl.enabled.mechanisms": "PLAIN",
      "sasl.mechanism.inter.broker.protocol": "PLAIN",
      "listener.name.plaintext.plain.sasl.jaas.config": `${module} required ${login};`,
      ...{ "ssl.keystore.type": "PEM", "ssl.keystore.location": keys },
      ...{ "ssl.truststore.type": "PEM", "ssl.truststore.location": authority.ca.certFile },
    });
    const tls = { tls: "on", "ca-file": authority.ca.certFile };
    const given = { brokers: guarded.address, sasl: "plain", username: "pahlevan" };
    const known = sink("absent", { ...given, ...tls, password: "secret" });
    await expect(known.check(never)).rejects.toThrow("Unknown topic absent");
    const stranger = sink("absent", { ...given, ...tls, password: "another" });
    await expect(stranger.check(never)).rejects.toThrow(/authentication/i);
    const careful = sink("absent", { ...given, tls: "on", password: "secret" });
    await expect(careful.check(never)).rejects.toThrow(/certificate/);
    for (const one of [known, stranger, careful]) await one.close();
  });
});
