import { expect, it } from "vitest";
import { Feed } from "./feed.ts";

it("keeps what came first, and says where and how many are missing", () => {
  const feed = new Feed<number>(3, () => undefined);
  for (let item = 1; item <= 5; item++) feed.offer(item);
  expect(feed.take(2)).toEqual([{ item: 1 }, { item: 2 }]);
  feed.offer(6);
  expect(feed.take(10)).toEqual([{ item: 3 }, { skipped: 2 }, { item: 6 }]);
  expect(feed.skippedTotal).toBe(2);
});

it("tells of a gap at the end, too", () => {
  const feed = new Feed<number>(1, () => undefined);
  feed.offer(1);
  feed.offer(2);
  expect(feed.take(10)).toEqual([{ item: 1 }, { skipped: 1 }]);
});

it("wakes once, and again only after it was found empty", () => {
  let wakes = 0;
  const feed = new Feed<number>(10, () => void wakes++);
  feed.offer(1);
  feed.offer(2);
  expect(wakes).toBe(1);
  feed.take(10);
  feed.offer(3);
  expect(wakes).toBe(1);
  feed.take(10);
  expect(feed.take(10)).toEqual([]);
  feed.offer(4);
  expect(wakes).toBe(2);
});
