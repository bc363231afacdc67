/**
 * Grafana's message: recorded from its own alerting library (test/stack/grafana.test.ts), which
 * also says when it changes.
 */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readGrafana } from "./grafana.ts";

const nowMs = Date.parse("2026-11-22T06:31:00Z");
const message: unknown = JSON.parse(
  readFileSync(new URL("fixtures/grafana.json", import.meta.url), "utf8"),
);

/** Typed, where `expect`'s own is any. */
const like = (pattern: RegExp): unknown => expect.stringMatching(pattern);

it("is Alertmanager's, of one organisation", () => {
  const reading = readGrafana(message, nowMs);
  expect(reading).toMatchObject({
    signals: [
      {
        fingerprint: "1:ff836af9cce0a3b7",
        status: "resolved",
        endsAtMs: Date.parse("2026-11-22T06:29:40Z"),
      },
      {
        source: "grafana",
        fingerprint: "1:24c8c819dacfa7e6",
        status: "firing",
        says: "p99 is over 2 s",
        target: { namespace: "shop", policy: "checkout" },
      },
    ],
    refused: [],
  });
});

it.each(["DatasourceNoData", "DatasourceError"])(
  "%s moves nothing, though it has the labels of its rule",
  (alertname) => {
    const labels = { alertname, policy: "checkout", pahlevan_signal: "rollback" };
    const alert = { status: "firing", startsAt: "2026-11-22T06:30:10Z" };
    const read = (more: object) =>
      readGrafana({ version: "1", alerts: [{ ...alert, labels: { ...labels, ...more } }] }, nowMs);
    expect(read({ rulename: "Checkout latency" })).toMatchObject({ signals: [], ignored: 1 });
    // A rule that somebody gave that name.
    expect(read({})).toMatchObject({ signals: [{ kind: "rollback" }], ignored: 0 });
  },
);

it("is told from Alertmanager's", () => {
  expect(readGrafana({ version: "4", alerts: [] }, nowMs)).toEqual({
    unreadable: like(/use \/v1\/signals\/alertmanager/),
  });
});
