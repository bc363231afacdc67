/** Grafana's message, in the form that its documentation and source give. */
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
        source: "grafana",
        fingerprint: "1:c6eadffa33fcdf37",
        status: "firing",
        says: "p99 is over 2 s",
        target: { namespace: "shop", policy: "checkout" },
      },
      {
        fingerprint: "1:22f1b2a9f3d9c1be",
        status: "resolved",
        endsAtMs: Date.parse("2026-11-22T06:29:40Z"),
      },
    ],
    refused: [],
  });
});

it("is told from Alertmanager's", () => {
  expect(readGrafana({ version: "4", alerts: [] }, nowMs)).toEqual({
    unreadable: like(/use \/v1\/signals\/alertmanager/),
  });
});
