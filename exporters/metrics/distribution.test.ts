import { expect, it } from "vitest";
import { Distribution, Distributions } from "./distribution.ts";

it("counts a value up to each bound that it does not exceed", () => {
  const spread = new Distribution([0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 7]) spread.count(value);
  expect(spread.cumulative()).toEqual([2, 3, 4]);
  expect(spread.sum).toBeCloseTo(7.65);
});

it("takes what a wrong clock says took less than no time for no time", () => {
  const spread = new Distribution([0.1]);
  spread.count(-3_600);
  expect([spread.cumulative(), spread.sum]).toEqual([[1, 1], 0]);
});

it("keeps names apart", () => {
  const spreads = new Distributions([1]);
  spreads.count("alertmanager", 2);
  spreads.count("grafana", 0.5);
  spreads.count("alertmanager", 3);
  expect([...spreads].map(([name, of]) => [name, of.cumulative(), of.sum])).toEqual([
    ["alertmanager", [0, 2], 5],
    ["grafana", [1, 1], 0.5],
  ]);
});

it("keeps of each bucket the newest occasion, and none that is too long for a scrape", () => {
  const spread = new Distribution([1]);
  const on = (trace_id: string, atMs: number) => ({ labels: { trace_id }, atMs });
  spread.count(0.2, on("first", 1));
  spread.count(0.3, on("second", 2));
  spread.count(0.4, on("x".repeat(128 - "trace_id".length + 1), 3));
  spread.count(0.5);
  expect(spread.exemplars).toEqual([{ ...on("second", 2), value: 0.3 }]);
  spread.count(9, on("y".repeat(128 - "trace_id".length), 4));
  expect(spread.exemplars[1]?.value).toBe(9);
});
