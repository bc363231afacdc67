/** That the judge judges: a test that asks it would pass in vain otherwise. */
import { expect, it } from "vitest";
import { readAs } from "./models.ts";

const series = { metric: "x", type: 1, points: [{ timestamp: 1, value: 1 }] };

it("takes what the official client's model takes", () => {
  expect(readAs("v2", "MetricPayload", { series: [series] })).toMatchObject({
    series: [{ metric: "x" }],
  });
});

it.each([
  ["a field that is required", { points: series.points }],
  ["a value of an enumeration", { ...series, type: 7 }],
  ["a type", { ...series, metric: 7 }],
  ["a name", { ...series, intervall: 10 }],
])("refuses a payload without %s", (_, wrong) => {
  expect(() => readAs("v2", "MetricPayload", { series: [wrong] })).toThrow();
});
