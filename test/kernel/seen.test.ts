/** What was seen is told once: of whom, how much is kept, and that nothing can pass for it. */
import type { KernelEvent } from "@pahlevan/core/behaviour/event.ts";
import { describe, expect, test } from "vitest";
import { missing } from "../stack/containers/command.ts";
import { Box } from "./stage/box.ts";
import { Watch } from "./stage/watch.ts";

const reason = await missing("runc", "gcc", "busybox", "mkfifo");
const because = reason === undefined ? "" : ` (${reason})`;

interface Opened {
  readonly path: string;
  readonly full: boolean;
  readonly timeNs: bigint;
}

function opens(events: readonly KernelEvent[], slot: number): Opened[] {
  return events.flatMap(({ instance, detail, flags, timeNs }) =>
    instance === slot && detail.kind === "open"
      ? [{ path: detail.path.value, full: flags.includes("set_full"), timeNs }]
      : [],
  );
}

const SECOND_NS = 1_000_000_000n;

/** Everything that the box did before is told once this is. */
async function caughtUp(watch: Watch, box: Box, mark: string): Promise<void> {
  await box.must("mkdir", mark);
  await watch.until(`making of ${mark}`, (events) =>
    events.find(({ detail }) => detail.kind === "create" && detail.path.value === mark),
  );
}

describe.skipIf(reason !== undefined)(`the memory of what was seen${because}`, () => {
  test("the same path in two containers is told of each", async () => {
    await using watch = await Watch.start();
    await using first = await Box.start({ files: { "/data/same": "" } });
    await using second = await Box.start({ files: { "/data/same": "" } });
    const slots: number[] = [];
    for (const box of [first, second, first, second]) {
      await box.must("open", "/data/same", "r");
      slots.push((await watch.instanceOf(box.container.cgroup)).slot);
    }
    await caughtUp(watch, second, "/data/end");
    const tellers = watch.events.filter(
      ({ detail }) => detail.kind === "open" && detail.path.value === "/data/same",
    );
    expect(tellers.map(({ instance }) => instance)).toEqual(slots.slice(0, 2));
  });

  test("agents know the same file by the same id if they share a secret, else by another", async () => {
    await using one = await Watch.start();
    await using same = await Watch.start({ secret: one.sensors.secret });
    await using other = await Watch.start();
    await using box = await Box.start({ files: { "/data/file": "" } });
    const ids: string[][] = [];
    await box.must("open-many", "/data/file-", "5", "rc");
    for (const watch of [one, same, other]) {
      await caughtUp(watch, box, `/data/seen-by-${ids.length}`);
      const { slot, generation } = await watch.instanceOf(box.container.cgroup);
      const seen = watch.sensors.seenOf(slot, generation).filter(({ kind }) => kind === "open");
      ids.push(seen.map(({ id }) => id).toSorted());
    }
    const [mine = [], shared, foreign = []] = ids;
    expect(mine.length).toBeGreaterThanOrEqual(5);
    expect(shared).toEqual(mine);
    expect(foreign).toHaveLength(mine.length);
    expect(new Set([...foreign, ...mine]).size).toBe(2 * mine.length);
  });

  test("a file in a directory that took a removed one's place in memory is told", async () => {
    await using watch = await Watch.start();
    await using box = await Box.start({ files: { "/data/steady": "" } });
    const { slot } = await watch.instanceOf(box.container.cgroup);
    // Longer than the kernel's cache keeps still after the container's own mounts.
    await box.must("open-for", "/data/steady", "2500");
    const steps = ["make-alike", "/data/old", "300", "then", "remove-alike", "/data/old", "300"];
    await box.must(...steps, "then", "make-alike", "/data/new", "300");
    await caughtUp(watch, box, "/data/end");
    const told = new Set(opens(watch.events, slot).map(({ path }) => path));
    const untold = Array.from({ length: 300 }, (_, i) => `/data/new/${i}/secret`).filter(
      (path) => !told.has(path),
    );
    expect(untold).toEqual([]);
    const reads = watch.events.filter(
      ({ detail }) =>
        detail.kind === "open" &&
        detail.path.value.startsWith("/data/new/") &&
        !detail.access.includes("created"),
    );
    expect(reads).toHaveLength(300);
  });
});

describe.skipIf(reason !== undefined)(`an instance that has seen too much${because}`, () => {
  test("is told of only so often a second, counted as lossy, and never taken for known", async () => {
    const fullPerSecond = 5;
    await using watch = await Watch.start({ ownEntries: 8, mostEntries: 100, fullPerSecond });
    await using box = await Box.start({ files: { "/data/": "" } });
    const { slot } = await watch.instanceOf(box.container.cgroup);
    await box.must("open-many", "/data/filler-", "100", "rc");
    const full = await watch.until("fact of a full instance", (events) =>
      opens(events, slot).some(({ full }) => full) ? watch.sensors.instance(slot) : undefined,
    );
    expect(full.entries).toBe(100);

    const before = { told: opens(watch.events, slot).length, lost: full.lost };
    const more = 200;
    await box.must("open-many", "/data/beyond-", String(more), "rc");
    await watch.until("end of every fact beyond", () => {
      const lost = watch.sensors.instance(slot)?.lost ?? 0n;
      const told = opens(watch.events, slot).length - before.told;
      return Number(lost - before.lost) + told >= more || undefined;
    });
    const told = opens(watch.events, slot).slice(before.told);
    const times = told.map(({ timeNs }) => timeNs);
    const lost = Number((watch.sensors.instance(slot)?.lost ?? 0n) - before.lost);
    expect(told.every(({ full }) => full)).toBe(true);
    // So many in a second that begins with the first of them: twice as many reach into a third.
    const apart = times.slice(2 * fullPerSecond).map((time, i) => time - (times[i] ?? time));
    expect(apart.filter((ns) => ns <= SECOND_NS)).toEqual([]);
    expect(lost).toBeGreaterThan(0);
    watch.sensors.stop();
    expect(watch.sensors.lossEquation().holds).toBe(true);
  });

  test("takes nothing of what another has for its own", async () => {
    await using watch = await Watch.start({
      instances: 16,
      seenEntries: 4096,
      ownEntries: 128,
      mostEntries: 4096,
      fullPerSecond: 1000,
    });
    await using greedy = await Box.start({ files: { "/data/": "" } });
    await using modest = await Box.start({ files: { "/data/": "" } });
    const { slot } = await watch.instanceOf(greedy.container.cgroup);
    await greedy.must("open-many", "/data/greedy-", "4000", "rc");
    await watch.until("end of what is shared", (events) =>
      opens(events, slot).some(({ full }) => full) ? true : undefined,
    );
    const other = await watch.instanceOf(modest.container.cgroup);
    await modest.must("open-many", "/data/modest-", "10", "rc");
    await modest.must("open-many", "/data/modest-", "10", "r");
    await modest.must("open-many", "/data/modest-", "10", "r");
    await caughtUp(watch, modest, "/data/end");
    const told = opens(watch.events, other.slot).filter(({ path }) => path.includes("/modest-"));
    expect(told).toHaveLength(20);
    expect(told.filter(({ full }) => full)).toEqual([]);
  });
});
