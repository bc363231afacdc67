/** How many times a second the loop's reducer judges, and how many of these move it. */
import { beginning, type Loop } from "@pahlevan/core/loop/loop.ts";
import { reduce } from "@pahlevan/core/loop/reduce.ts";
import { usualSettings } from "@pahlevan/core/loop/settings.ts";
import { denialOf, hour, minute, signalOf, worldOf } from "../sim/loop/made.ts";
import type { Row } from "./row.ts";

const forMs = 2_000;

export async function run(): Promise<readonly Row[]> {
  const moving = turns(lives());
  const quiet = turns(still());
  return Promise.resolve([
    row("reducer transitions", moving.moves, moving.took, `of ${moving.calls} calls`),
    row("calls that change nothing", quiet.calls, quiet.took, "10 instances, enforced"),
  ]);
}

interface Turn {
  readonly moved: boolean;
}

/** From learning to enforcing, a wrong policy, its remedy, and back to the beginning. */
function* lives(): Generator<Turn, never> {
  const denials = [denialOf({ on: 10 })];
  for (let began = 0; ; began++) {
    let loop: Loop = beginning(0);
    for (let nowMs = 0; nowMs < hour; nowMs += minute) {
      const isHurt = loop.phase === "Enforcing" && nowMs < hour / 2;
      const hurt = isHurt ? { denials, changed: { atMs: nowMs, what: "a rollout" } } : {};
      const signals = isHurt ? [signalOf("rollback", "grafana", { startsAtMs: began })] : [];
      const outcome = reduce(loop, signals, worldOf({ nowMs, ...hurt }), usualSettings);
      ({ loop } = outcome);
      yield outcome;
    }
  }
}

function* still(): Generator<Turn, never> {
  const world = worldOf({ nowMs: hour });
  let loop: Loop = { ...beginning(0), phase: "Enforcing", template: "v1" };
  for (;;) {
    const outcome = reduce(loop, [], world, usualSettings);
    ({ loop } = outcome);
    yield outcome;
  }
}

function turns(some: Generator<Turn, never>) {
  const began = performance.now();
  let [calls, moves, took] = [0, 0, 0];
  while (took < forMs) {
    for (let at = 0; at < 1_000; at++) {
      calls++;
      if (some.next().value.moved) moves++;
    }
    took = performance.now() - began;
  }
  return { calls, moves, took };
}

function row(name: string, times: number, took: number, detail: string): Row {
  return { name, value: (times / took) * 1_000, unit: "/s", budget: "-", ok: true, detail };
}
