/** Many short lives: each is counted, and a pid that is used again is somebody else. */
import { readFileSync } from "node:fs";
import { droppedIn, summed } from "@pahlevan/agent/kernel/counters.ts";
import type { KernelEvent, Kind, ProcessKey } from "@pahlevan/core/behaviour/event.ts";
import { describe, expect, test } from "vitest";
import { missing } from "../stack/containers/command.ts";
import { Box } from "./stage/box.ts";
import { Cell } from "./stage/cell.ts";
import { keyOf } from "./stage/told.ts";
import { Watch } from "./stage/watch.ts";

const reason = await missing("runc", "gcc", "busybox", "mkfifo");
const because = reason === undefined ? "" : ` (${reason})`;
const lives = ["fork", "exec", "exit"] as const satisfies readonly Kind[];

describe.skipIf(reason !== undefined)(`short-lived processes${because}`, () => {
  test("of 10 000 each fork, exec and exit is told or counted as lost", async () => {
    const count = 10_000;
    await using watch = await Watch.start();
    await using box = await Box.start();
    const { slot } = await watch.instanceOf(box.container.cgroup);
    // What all of them do anyway is no news: `lost` below counts facts of every kind.
    await box.must("spawn", "1", "/bin/true", "x");
    // Of all instances, so that nothing of these kinds is only counted.
    watch.sensors.everyKinds(lives);
    await box.must("exit", "0");
    await watch.until("end of the box's start", (events) => {
      const last = events.find(({ process }) => process?.args?.[1]?.value === "exit")?.process;
      return events.some(
        ({ detail, process }) =>
          detail.kind === "exit" && process && last && keyOf(process) === keyOf(last),
      )
        ? true
        : undefined;
    });
    const lostBefore = Number(watch.sensors.instance(slot)?.lost);
    watch.events = [];
    await box.must("spawn", String(count), "/bin/true", "x");
    watch.sensors.stop();

    const after = summed(watch.sensors.counters());
    const ofBox = watch.events.filter(({ instance }) => instance === slot);
    const lost = Number(watch.sensors.instance(slot)?.lost) - lostBefore;
    const told = lives.map((kind) => ofBox.filter(({ detail }) => detail.kind === kind).length);
    // And the process that made them all.
    expect(told.reduce((sum, each) => sum + each, lost)).toBe(3 * (count + 1));
    if (lost === 0) expect(told).toEqual([count + 1, count + 1, count + 1]);
    for (const kind of lives) {
      const counts = after.get(kind);
      if (!counts) throw new Error(`no counters of ${kind}`);
      const became = counts.delivered + counts.aggregated + droppedIn(counts);
      expect({ kind, became }).toEqual({ kind, became: counts.generated });
      expect(counts.delivered + droppedIn(counts)).toBeGreaterThan(count);
    }
    expect(watch.sensors.lossEquation().holds).toBe(true);
    // Each life is one process from fork to exit.
    const forked = new Set(
      ofBox.flatMap(({ detail }) => (detail.kind === "fork" ? [keyOf(detail.child)] : [])),
    );
    const ended = ofBox.filter(({ detail }) => detail.kind === "exit").map(processOf);
    if (lost === 0) expect(new Set(ended.map(keyOf))).toEqual(forked);
  });

  test("unasked, 10 000 execs of one program are told once and counted each", async () => {
    const count = 10_000;
    await using watch = await Watch.start();
    await using box = await Box.start();
    const { slot, generation } = await watch.instanceOf(box.container.cgroup);
    await box.must("spawn", String(count), "/bin/true", "x");
    watch.sensors.stop();
    const told = watch.events.filter(
      ({ instance, detail }) =>
        instance === slot && detail.kind === "exec" && detail.path.value === "/bin/busybox",
    );
    expect(told).toHaveLength(1);
    const execs = watch.sensors.seenOf(slot, generation).filter(({ kind }) => kind === "exec");
    // act, which began it all, and what it ran.
    expect(execs.map(({ count: times }) => times).toSorted((a, b) => a - b)).toEqual([2, count]);
  });
});

describe.skipIf(reason !== undefined)(`a pid that is used again${because}`, () => {
  test("belongs to another process each time: their starts differ", async () => {
    await using watch = await Watch.start();
    await using cell = await Cell.make(watch.hierarchy);
    watch.sensors.everyKinds(lives);
    const pid = Number(readFileSync("/proc/sys/kernel/pid_max", "utf8")) - 7;
    const once = ["fork-as", String(pid)];
    await cell.run(...once, "then", ...once, "then", ...once);
    const exits = await watch.until("end of three processes", (events) => {
      const ends = events.filter(
        ({ detail, process }) => detail.kind === "exit" && process?.pid === pid,
      );
      return ends.length >= 3 ? ends.map(processOf) : undefined;
    });
    const children = watch.events.flatMap(({ detail }) =>
      detail.kind === "fork" && detail.child.pid === pid ? [detail.child] : [],
    );
    const execs = watch.events.flatMap(({ detail, process }) =>
      detail.kind === "exec" && process?.pid === pid ? [process] : [],
    );
    expect(new Set(children.map(keyOf)).size).toBe(3);
    expect(execs.map(keyOf)).toEqual(children.map(keyOf));
    expect(exits.map(keyOf)).toEqual(children.map(keyOf));
  });
});

function processOf({ process }: KernelEvent): ProcessKey {
  if (process === undefined) throw new Error("a fact without a process");
  return process;
}
