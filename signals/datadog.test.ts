/**
 * What Datadog makes of our template, and what of that is a signal: by its documentation, not
 * recorded. Its official client (1.64.0, WebhooksIntegration) takes a payload as a string of any
 * content, so there is nothing more to hold the template against.
 */
import { expect, it } from "vitest";
import { datadogTemplate, readDatadog } from "./datadog.ts";
import type { Reading } from "./reading.ts";

const variables: Readonly<Record<string, string>> = {
  ORG_ID: "1000024",
  ALERT_ID: "148275309",
  ALERT_CYCLE_KEY: "7716548234011234567",
  ALERT_TRANSITION: "Triggered",
  ALERT_SCOPE: "namespace:shop,policy:checkout",
  TAGS: "monitor, namespace:shop, pahlevan_signal:rollback, team:checkout",
  ALERT_TITLE: "[P2] Checkout fails on namespace:shop",
  DATE: "1795330204689",
  LINK: "https://app.datadoghq.com/monitors/148275309?group=namespace%3Ashop",
};

/** Typed, where `expect`'s own is any. */
const like = (pattern: RegExp): unknown => expect.stringMatching(pattern);

/** As Datadog does it. */
function filled(other: Readonly<Record<string, string>> = {}): unknown {
  const text = datadogTemplate.replace(/\$([A-Z_]+)/g, (_, name: string) => {
    return { ...variables, ...other }[name] ?? `$${name}`;
  });
  return JSON.parse(text);
}

function read(other: Readonly<Record<string, string>> = {}): Reading {
  const reading = readDatadog(filled(other));
  if ("unreadable" in reading) throw new Error(reading.unreadable);
  return reading;
}

it("a monitor that triggers is a signal by its tags and those of its group", () => {
  expect(read().signals).toEqual([
    {
      kind: "rollback",
      source: "datadog",
      fingerprint: like(/^[0-9a-f]{32}$/),
      startsAtMs: 0,
      status: "firing",
      target: { namespace: "shop", policy: "checkout" },
      by: "monitor 148275309",
      says: "[P2] Checkout fails on namespace:shop",
      url: variables["LINK"],
    },
  ]);
});

it("is one occurrence from its trigger to its recovery", () => {
  const [first] = read().signals;
  const later = { DATE: "1795330999999" };
  for (const ALERT_TRANSITION of ["Re-Triggered", "Renotify"]) {
    expect(read({ ...later, ALERT_TRANSITION }).signals).toEqual([first]);
  }
  const [over] = read({ ...later, ALERT_TRANSITION: "Recovered" }).signals;
  expect(over).toEqual({ ...first, status: "resolved" });
  const [next] = read({ ALERT_CYCLE_KEY: "7716548234055550000" }).signals;
  expect(next?.fingerprint).not.toBe(first?.fingerprint);
});

it.each(["Warn", "Re-Warn", "No Data", "Re-No Data", "Null"])(
  "%s moves nothing",
  (ALERT_TRANSITION) => {
    expect(read({ ALERT_TRANSITION })).toMatchObject({ signals: [], ignored: 1, refused: [] });
  },
);

it("without the tag is left alone", () => {
  expect(read({ TAGS: "monitor" })).toMatchObject({ signals: [], ignored: 1 });
});

it.each([
  [{ ALERT_TRANSITION: "constructor" }, /transition/],
  [{ ALERT_CYCLE_KEY: "" }, /cycle/],
  [{ ALERT_CYCLE_KEY: "null" }, /cycle/],
  [{ ALERT_CYCLE_KEY: "$ALERT_CYCLE_KEY" }, /cycle/],
  [{ ALERT_SCOPE: "namespace:other" }, /tag namespace: two values/],
  [{ TAGS: "pahlevan_signal:dance" }, /no signal 'dance'/],
  [{ TAGS: "pahlevan_signal:rollback,policy:" }, /policy/],
])("%j is refused", (other, why) => {
  const { signals, refused } = read(other);
  expect(signals).toEqual([]);
  expect(refused[0]?.why).toMatch(why);
});

it("another template is not ours", () => {
  expect(readDatadog({ title: "x" })).toEqual({ unreadable: like(/template/) });
});
