/** What Alertmanager 0.25 sent, recorded, and what else an alert may look like. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Alert } from "./alert.ts";
import { readAlertmanager } from "./alertmanager.ts";
import type { Reading } from "./reading.ts";

const nowMs = Date.parse("2026-11-22T06:31:00Z");

/** Typed, where `expect`'s own is any. */
const like = (pattern: RegExp): unknown => expect.stringMatching(pattern);

function recorded(name: string): unknown {
  return JSON.parse(
    readFileSync(new URL(`fixtures/alertmanager-${name}.json`, import.meta.url), "utf8"),
  );
}

function read(body: unknown): Reading {
  const reading = readAlertmanager(body, nowMs);
  if ("unreadable" in reading) throw new Error(reading.unreadable);
  return reading;
}

const alert: Alert = {
  status: "firing",
  labels: { alertname: "ErrorsHigh", pahlevan_signal: "rollback", policy: "web" },
  annotations: { summary: "Errors", description: "half of all" },
  startsAt: "2026-11-22T06:30:00Z",
  endsAt: "0001-01-01T00:00:00Z",
  generatorURL: "http://prometheus.example/graph",
  fingerprint: "c548a5aa10b7674b",
};
const readOne = (other: Partial<Alert>, ...more: unknown[]) =>
  read({ version: "4", alerts: [{ ...alert, ...other }, ...more] });
const labelled = (labels: Record<string, string>) =>
  readOne({ labels: { ...alert.labels, ...labels } });

describe("a recorded message", () => {
  it("that fires is a signal for whom its labels name", () => {
    expect(read(recorded("firing"))).toEqual({
      signals: [
        {
          kind: "rollback",
          source: "alertmanager",
          fingerprint: "c548a5aa10b7674b",
          // Cut, not rounded: so does its API.
          startsAtMs: Date.parse("2026-11-22T06:30:04.689Z"),
          status: "firing",
          target: { namespace: "shop", policy: "checkout", workload: "checkout" },
          by: "CheckoutErrorsHigh",
          says: "Checkout fails: 5 % of requests fail since the last rollout",
          url: "http://prometheus.example:9090/graph?g0.expr=up",
        },
      ],
      heartbeats: [],
      ignored: 0,
      refused: [],
      truncated: 0,
    });
  });

  it("that resolves is of the same occurrence, and says when it ended", () => {
    const [fired] = read(recorded("firing")).signals;
    const [over] = read(recorded("resolved")).signals;
    const endsAtMs = Date.parse("2026-11-22T06:30:07.194Z");
    expect(over).toEqual({ ...fired, status: "resolved", endsAtMs });
  });

  it("of the Watchdog is a heartbeat", () => {
    const { signals, heartbeats } = read(recorded("watchdog"));
    expect(signals).toEqual([]);
    expect(heartbeats).toMatchObject([{ source: "alertmanager", status: "firing" }]);
  });

  it("that was cut short says by how many", () => {
    const { signals, truncated } = read(recorded("truncated"));
    expect(signals.map(({ target }) => target.policy)).toEqual(["p1", "p2"]);
    expect(truncated).toBe(1);
  });

  it("without the label is left alone", () => {
    expect(read(recorded("no-lever"))).toMatchObject({ signals: [], ignored: 1, refused: [] });
  });
});

describe("an alert", () => {
  it("that asks for what does not exist is refused by name, and the others are taken", () => {
    const labels = { ...alert.labels, pahlevan_signal: "reboot" };
    const { signals, refused } = readOne({ labels }, alert, { status: "loud" }, 7);
    expect(signals).toHaveLength(1);
    expect(refused.map(({ alert: name }) => name)).toEqual([
      "ErrorsHigh",
      "alerts[2]",
      "alerts[3]",
    ]);
    expect(refused[0]?.why).toMatch(/no signal 'reboot'; there are promote, advance, rollback/);
  });

  it.each([
    ["namespace", "Shop"],
    ["namespace", "a".repeat(64)],
    ["policy", "web; rm -rf /"],
    ["policy", ""],
    ["workload", "a b"],
    ["workload", "${jndi}"],
    ["workload", "a\u202eb"],
    ["cluster", "x".repeat(254)],
    ["cluster", "'"],
  ])("whose %s is %j is refused, and not meant for more", (label, value) => {
    const { signals, refused } = labelled({ [label]: value });
    expect(signals).toEqual([]);
    expect(refused[0]?.why).toContain(`label ${label}`);
  });

  it.each([
    ["workload", "system.slice/cron@0.service"],
    ["workload", String.raw`dev-disk\x2dby.mount`],
    ["cluster", "arn:aws:eks:eu-west-1:1234:cluster/prod"],
    ["policy", "web.v2"],
  ])("whose %s is %j is taken", (label, value) => {
    expect(labelled({ [label]: value }).signals[0]?.target).toMatchObject({ [label]: value });
  });

  it("aims by four labels, and by no other", () => {
    const { signals } = labelled({ pod: "web-1", __proto__: "x", constructor: "y" });
    expect(signals[0]?.target).toEqual({ policy: "web" });
  });

  it("may mean all steps, and nothing else by that label", () => {
    expect(labelled({ pahlevan_scope: "all" }).signals[0]?.all).toBe(true);
    expect(labelled({ pahlevan_scope: "al" }).refused).toHaveLength(1);
    expect(readOne({}).signals[0]).not.toHaveProperty("all");
  });

  it("is a heartbeat by its label too", () => {
    const labels = { alertname: "StillThere", pahlevan_signal: "heartbeat" };
    expect(readOne({ labels }).heartbeats).toHaveLength(1);
  });

  it("of which the sender does not tell the mark is known by its labels", () => {
    const marks = [
      readOne({ fingerprint: null }),
      readOne({ fingerprint: null, annotations: { summary: "other" } }),
      readOne({
        fingerprint: "no mark\n",
        labels: Object.fromEntries(Object.entries(alert.labels).reverse()),
      }),
    ].map(({ signals: [signal] }) => signal?.fingerprint);
    expect(new Set(marks).size).toBe(1);
    expect(labelled({ a: "b" }).signals[0]?.fingerprint).toBe(alert.fingerprint);
  });

  it.each([
    [undefined, /missing/],
    ["0001-01-01T00:00:00Z", /missing/],
    ["1970-01-01T00:00:00Z", /missing/],
    ["yesterday", /missing/],
    ["2026-13-01T00:00:00Z", /missing/],
    ["2026-11-23T06:31:01Z", /a day ahead/],
    ["9999-01-01T00:00:00Z", /a day ahead/],
  ])("that began at %s is refused", (startsAt, why) => {
    const { signals, refused } = readOne({ startsAt });
    expect(signals).toEqual([]);
    expect(refused[0]?.why).toMatch(why);
  });

  it.each(["2026-11-23T06:30:59Z", "2026-11-22T07:30:00.123456789+01:00", "2000-01-01T00:00:00Z"])(
    "that began at %s is taken as it says: its sender's clock is its own",
    (startsAt) => {
      expect(readOne({ startsAt }).signals[0]?.startsAtMs).toBe(Date.parse(startsAt));
    },
  );

  it.each([
    ["0001-01-01T00:00:00Z", "2026-11-22T06:30:00Z"],
    ["2026-11-22T06:00:00Z", "2026-11-22T06:30:00Z"],
    ["9999-01-01T00:00:00Z", "2026-11-22T06:30:00Z"],
    ["2026-11-22T06:30:40Z", "2026-11-22T06:30:40Z"],
  ])("that is over, by its word at %s, is over at %s", (endsAt, means) => {
    const { signals } = readOne({ status: "resolved", endsAt });
    expect(signals[0]?.endsAtMs).toBe(Date.parse(means));
  });

  it("speaks in one line of bounded length", () => {
    for (const before of ["", "."]) {
      const summary = `${before}two\nlines\u001b[31m\ud800 ${"😀".repeat(5_000)}`;
      const [signal] = readOne({ annotations: { summary } }).signals;
      expect(signal?.says).toMatch(/^\.?two lines \[31m 😀/u);
      expect(signal?.says.length).toBeLessThanOrEqual(1_000);
      expect(signal?.says.isWellFormed()).toBe(true);
      expect(signal?.says).toMatch(/…$/u);
    }
  });

  it.each([
    ["javascript:alert(1)", undefined],
    [`https://a/${"b".repeat(3_000)}`, undefined],
    ["not an address", undefined],
    ["https://user:pass@prometheus.example/graph", "https://prometheus.example/graph"],
  ])("that comes from %s links to %s", (generatorURL, url) => {
    expect(readOne({ generatorURL }).signals[0]?.url).toBe(url);
  });
});

describe("a message", () => {
  it.each([
    [{ version: "4" }, /alerts/],
    [[], /./],
    [null, /./],
    [{ version: "1", alerts: [] }, /Grafana's: use \/v1\/signals\/grafana/],
    [{ version: "5", alerts: [] }, /only "4"/],
    [{ version: "4", alerts: {} }, /alerts/],
  ])("%j will never be right", (body, why) => {
    expect(readAlertmanager(body, nowMs)).toEqual({ unreadable: like(why) });
  });

  it("of an old Alertmanager may lack all but the alerts", () => {
    expect(read({ alerts: [] })).toMatchObject({ signals: [], truncated: 0 });
  });
});
