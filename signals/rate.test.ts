import { expect, it } from "vitest";
import { Buckets } from "./rate.ts";

const rate = { perSecond: 2, burst: 3 };
const takes = (buckets: Buckets, whose: string, atMs: number, times = 5) =>
  Array.from({ length: times }, () => buckets.take(whose, atMs)).filter(Boolean).length;

it("gives a burst, then as many as its rate", () => {
  const buckets = new Buckets(rate, 8);
  expect(takes(buckets, "a", 0)).toBe(3);
  expect(takes(buckets, "a", 499)).toBe(0);
  expect(takes(buckets, "a", 1_000)).toBe(2);
  expect(takes(buckets, "a", 100_000)).toBe(3);
});

it("gives each its own", () => {
  const buckets = new Buckets(rate, 8);
  expect(takes(buckets, "a", 0)).toBe(3);
  expect(takes(buckets, "b", 0)).toBe(3);
});

it("gives nothing for a clock that is set back", () => {
  const buckets = new Buckets(rate, 8);
  expect(takes(buckets, "a", 10_000)).toBe(3);
  expect(takes(buckets, "a", 0)).toBe(0);
  expect(takes(buckets, "a", 1_000)).toBe(2);
});

it("asks without taking", () => {
  const buckets = new Buckets(rate, 8);
  for (let times = 0; times < 9; times++) expect(buckets.has("a", 0)).toBe(true);
  expect(takes(buckets, "a", 0)).toBe(3);
  expect(buckets.has("a", 0)).toBe(false);
});

it("remembers a bounded number, those that came last", () => {
  const buckets = new Buckets(rate, 2);
  for (const whose of ["a", "b", "a", "c"]) takes(buckets, whose, 0);
  expect(takes(buckets, "a", 0)).toBe(0);
  expect(takes(buckets, "b", 0)).toBe(3);
});
