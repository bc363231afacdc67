import { expect, it } from "vitest";
import { roomFor as roomWithin, usualCaps, type Moved } from "./caps.ts";

const minute = 60_000;
const moved = (loop: string, some: Partial<Moved> = {}): Moved => {
  return { atMs: 0, direction: "looser", source: "alertmanager", loop, ...some };
};
const others = (count: number, some: Partial<Moved> = {}) =>
  Array.from({ length: count }, (_, at) => moved(`other ${at}`, some));

const roomFor = (moves: readonly Moved[], loop: string, loops: number, nowMs: number) =>
  roomWithin(moves, loop, loops, nowMs, usualCaps);

it("one alert that matches everything loosens few of many policies at a time", () => {
  expect(roomFor(others(4), "web", 8, 0)).toEqual({ looser: true, tighter: true });
  expect(roomFor(others(5), "web", 8, 0)).toEqual({ looser: false, tighter: true });
  expect(roomFor(others(24), "web", 100, 0).looser).toBe(true);
  expect(roomFor(others(25), "web", 100, 0).looser).toBe(false);
});

it("a policy is not held back by its own moves, an operator's or old ones", () => {
  const own = Array.from({ length: 30 }, () => moved("web"));
  expect(roomFor(own, "web", 8, 0).looser).toBe(true);
  expect(roomFor(others(30, { source: "operator" }), "web", 8, 0).looser).toBe(true);
  expect(roomFor(others(30), "web", 8, 10 * minute).looser).toBe(true);
});

it("after a clock went wrong and was put right, moves to come hold nobody back", () => {
  const day = 24 * 60 * minute;
  expect(roomFor(others(30, { atMs: day }), "web", 8, day).looser).toBe(false);
  expect(roomFor(others(30, { atMs: day }), "web", 8, 0).looser).toBe(true);
});

it("how many is a setting", () => {
  const caps = { ...usualCaps, looserShare: 0.5 };
  expect(roomWithin(others(49), "web", 100, 0, caps)).toEqual({ looser: true, tighter: true });
  expect(roomWithin(others(50), "web", 100, 0, caps)).toEqual({ looser: false, tighter: true });
});
