/** A ring that is far too small: each lost record is counted; its fact, done again, is told. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { allKinds, droppedIn, summed } from "@pahlevan/agent/kernel/counters.ts";
import type { KernelEvent } from "@pahlevan/core/behaviour/event.ts";
import { describe, expect, test } from "vitest";
import { PATIENCE_MS } from "../patience.ts";
import { missing } from "../stack/containers/command.ts";
import { Box } from "./stage/box.ts";
import { Watch } from "./stage/watch.ts";

const reason = await missing("runc", "gcc", "busybox", "mkfifo");
const because = reason === undefined ? "" : ` (${reason})`;
const ringBytes = 64 << 10;

describe.skipIf(reason !== undefined)(`a ring of 64 KB${because}`, () => {
  test("under a flood: every fact of every kind is delivered, aggregated or dropped", async () => {
    await using watch = await Watch.start({ ringBytes });
    await using box = await Box.start({ files: { "/data/flood": "", "/data/after": "" } });
    const { slot } = await watch.instanceOf(box.container.cgroup);
    watch.sensors.everyKinds(allKinds, slot);
    const flood = ["open-often", "/data/flood", "50000", "then"];
    await box.must(...flood, "spawn", "50", "/bin/true", "x");
    // And once more with nobody reading: how much is lost then is not for the scheduler to say.
    const done = box.must(...flood, "mkdir", "/done");
    holdUntil(() => existsSync(join(box.container.rootfs, "done")));
    await done;
    watch.sensors.everyKinds([], slot);
    const after = await toldOf(box, watch, "/data/after");
    watch.sensors.stop();

    const { sensors } = watch;
    const counts = summed(sensors.counters());
    const received = sensors.received();
    for (const [kind, each] of counts) {
      const became = each.delivered + each.aggregated + droppedIn(each);
      expect({ kind, became }).toEqual({ kind, became: each.generated });
      expect({ kind, received: received.get(kind) ?? 0 }).toEqual({
        kind,
        received: each.delivered,
      });
    }
    expect(sensors.lossEquation()).toMatchObject({ holds: true });
    expect(counts.get("open")?.dropped.ring_full).toBeGreaterThan(1000);
    expect(counts.get("open")?.delivered).toBeGreaterThan(100);
    expect(Number(sensors.instance(slot)?.lost)).toBeGreaterThan(1000);
    expect(after.flags).toContain("lossy");
  });

  test("a fact that was lost is not taken for seen: done again, it is told", async () => {
    await using watch = await Watch.start({ ringBytes });
    await using box = await Box.start({ files: { "/data/": "" } });
    const { slot } = await watch.instanceOf(box.container.cgroup);
    const count = 1500;
    await box.must("open-many", "/data/file-", String(count), "wc");
    const before = Number(watch.sensors.instance(slot)?.lost);
    const done = box.must("open-many", "/data/file-", String(count), "r", "then", "mkdir", "/done");
    holdUntil(() => existsSync(join(box.container.rootfs, "done")));
    await done;
    const lost = Number(watch.sensors.instance(slot)?.lost) - before;
    expect(lost).toBeGreaterThan(count / 2);

    // Now this thread reads meanwhile, and each time some more come through.
    for (let round = 0; round < 50 && readBy(watch.events, slot).length < count; round++) {
      await box.must("open-many", "/data/file-", String(count), "r");
    }
    const told = readBy(watch.events, slot);
    expect(new Set(told).size).toBe(count);
    expect(told.length).toBe(count);
  });
});

/** Opens it until that is told: the ring may still be full of what was before. */
async function toldOf(box: Box, watch: Watch, path: string): Promise<KernelEvent> {
  for (;;) {
    await box.must("open", path, "r");
    const isTheOne = ({ detail }: KernelEvent) =>
      detail.kind === "open" && detail.path.value === path;
    const event = watch.events.find(isTheOne);
    if (event) return event;
  }
}

function readBy(events: readonly KernelEvent[], slot: number): string[] {
  return events.flatMap(({ instance, detail }) =>
    instance === slot &&
    detail.kind === "open" &&
    detail.access.join() === "read" &&
    detail.path.value.startsWith("/data/file-")
      ? [detail.path.value]
      : [],
  );
}

/** Keeps this thread, which reads the ring, from doing anything else. */
function holdUntil(came: () => boolean): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  const deadline = Date.now() + PATIENCE_MS;
  while (!came()) {
    if (Date.now() > deadline) throw new Error("what this thread waits for does not come");
    Atomics.wait(never, 0, 0, 2);
  }
}
