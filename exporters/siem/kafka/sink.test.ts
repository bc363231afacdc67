import { describe, expect, it } from "vitest";
import { aroundOf, settingsOf } from "../../../test/exporters/settings-of.ts";
import { examples } from "../../examples.ts";
import { Outgoing } from "../../record.ts";
import { groupsOf, toldOf } from "./message.ts";
import { kafka } from "./sink.ts";
import { saidOf, willNeverBeTaken } from "./trouble.ts";

const around = aroundOf();

const lines = examples("2026-11-22T14:03:07.123456789Z");
const usual = { brokers: "kafka.example:9092", topic: "siem" };
const made = (texts: Readonly<Record<string, string>>) =>
  kafka.make(settingsOf(kafka.keys, { ...usual, ...texts }), around);

describe("settings of a topic", () => {
  it.each([
    [{ brokers: "," }, "brokers: names none"],
    [{ brokers: "a:1,b" }, "'b' is no HOST:PORT"],
    [{ topic: "a b" }, "no topic's name"],
    [{ sasl: "plain", username: "u" }, "takes a username and a password"],
    [{ tls: "on", "ca-file": "/nowhere" }, "ENOENT"],
  ])("%j do not go together", (texts, says) => {
    expect(() => made(texts)).toThrow(says);
  });

  it("go together with all that a broker may ask for", () => {
    const sasl = { sasl: "scram-sha-512", username: "u", password: "p" };
    expect(() => made({ tls: "on", ...sasl })).not.toThrow();
  });
});

it("groups messages by workload, each group in its order", () => {
  const told = ["a", "b"].flatMap((prefix) =>
    ["checkout", "cart"].map((workload) => {
      const line = { ...lines[0]!, id: `${prefix}-${workload}`, workload };
      return toldOf(Outgoing.of(line), "pahlevan", around);
    }),
  );
  expect(groupsOf(told).map((group) => group.map(({ headers }) => headers["id"]))).toEqual([
    ["a-checkout", "b-checkout"],
    ["a-cart", "b-cart"],
  ]);
});

it("finds the reason in errors that hold errors", () => {
  const inner = Object.assign(new Error("too large"), { apiId: "MESSAGE_TOO_LARGE" });
  const outer = new Error("failed", { cause: new AggregateError([inner, new Error("other")]) });
  expect(willNeverBeTaken(outer)).toBe("too_large");
  expect(willNeverBeTaken(new Error("other"))).toBeUndefined();
  expect(saidOf(outer)).toBe("MESSAGE_TOO_LARGE: too large; other");
});

it("keeps all and rejects nothing where it is stopped before it has begun", async () => {
  const stop = new AbortController();
  stop.abort();
  const batch = lines.map((line) => Outgoing.of(line));
  const sink = made({ brokers: "127.0.0.1:9" });
  expect(await sink.send(batch, stop.signal)).toMatchObject({ sent: 0, again: batch });
  await sink.close();
});
