import { expect, it } from "vitest";
import { Rates, totalsOf } from "./rates.ts";
import type { KindCounts } from "./senses.ts";

const counts = (generated: number, delivered: number, lost: number): KindCounts[] => [
  {
    kind: "open",
    generated,
    delivered,
    aggregated: 0,
    dropped: { ring_full: lost, set_full: lost },
    received: delivered,
  },
];

it("rates are over the time between two ticks", () => {
  let now = 0;
  let read = counts(100, 10, 0);
  const rates = new Rates(
    () => read,
    () => now,
  );
  now = 1_000;
  rates.tick();
  read = counts(300, 10, 5);
  now = 3_000;
  rates.tick();
  expect(rates.last).toEqual({
    eventsPerSecond: 100,
    deliveredPerSecond: 0,
    droppedPerSecond: 5,
  });
});

it("totals add every reason for a loss", () => {
  expect(totalsOf([...counts(9, 1, 2), ...counts(1, 1, 0)])).toMatchObject({
    generated: 10,
    dropped: 4,
  });
});
