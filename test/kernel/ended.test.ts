/** Which ends of real services and containers are failures, as the kernel tells them. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { KernelEvent } from "@pahlevan/core/behaviour/event.ts";
import { findHierarchy } from "../../agent/workload/hierarchy.ts";
import { missing } from "../stack/containers/command.ts";
import { OciContainer } from "../stack/containers/oci-container.ts";
import { cannotSense } from "./pahlevan.ts";
import { TestCgroup } from "./sensed.ts";
import { Watch } from "./stage/watch.ts";

/** The controller of memory may have a hierarchy of its own, of cgroups of v1. */
const ofMemory = "/sys/fs/cgroup/memory";
const isApart = existsSync(`${ofMemory}/memory.limit_in_bytes`);
const given = "/sys/fs/cgroup/cgroup.subtree_control";
const canLimit = isApart || (existsSync(given) && readFileSync(given, "utf8").includes("memory"));

/** What a shell in that cgroup does to have as much memory only. */
function limit(cgroup: TestCgroup, small: string, bytes: number): string {
  if (!isApart) {
    writeFileSync(join(dirname(cgroup.procs), "memory.max"), String(bytes));
    return "";
  }
  mkdirSync(small);
  writeFileSync(`${small}/memory.limit_in_bytes`, String(bytes));
  return `echo 0 >${small}/cgroup.procs;`;
}

const noContainers = cannotSense ?? (await missing("runc", "busybox"));

/** Of whoever was in that cgroup: how it failed, if it did. */
async function failureIn(watch: Watch, cgroupId: bigint) {
  const isEnd = ({ detail, cgroupId: id }: KernelEvent) =>
    detail.kind === "instance_end" && id === cgroupId;
  const { instance } = await watch.until("end", (events) => events.find(isEnd));
  return watch.sensors.failureOf(instance);
}

describe.skipIf(cannotSense !== undefined)(`a service (${cannotSense ?? "as root"})`, () => {
  const failures = [
    ["exit 3", 3 << 8],
    ["kill -SEGV $$", 11],
    ["exit 137", 137 << 8],
    // What is left of it is ended by whoever manages it.
    ["sh -c 'while kill -0 $0; do :; done; kill -TERM $$' $$ 2>/dev/null & exit 5", 5 << 8],
  ] as const;
  const stops = ["exit 0", "kill -TERM $$", "exit 143", "kill -KILL $$", "(exit 7); exit 0"];

  test("has failed by a code or a signal that nobody stops it with", async () => {
    await using watch = await Watch.start();
    const codes: (number | undefined)[] = [];
    for (const [script] of failures) {
      const cgroup = new TestCgroup(await findHierarchy());
      await cgroup.run(script).catch(() => "");
      await cgroup.remove();
      const failure = await failureIn(watch, cgroup.id);
      if (failure === "not sensed") throw new Error(failure);
      expect(failure).toMatchObject({ forMemory: false });
      // The bit of a core dump depends on the machine's limits.
      codes.push((failure?.code ?? 0) & ~0x80 & 0xffff);
    }
    expect(codes).toEqual(failures.map(([, code]) => code & ~0x80));
  });

  test.skipIf(!canLimit)("has failed when the kernel ends it for want of memory", async () => {
    await using watch = await Watch.start();
    const cgroup = new TestCgroup(await findHierarchy());
    const small = `${ofMemory}/pahlevan-test-small-${process.pid}`;
    const enter = limit(cgroup, small, 16 << 20);
    // A string that doubles.
    await cgroup.run(`${enter} x=x; while :; do x=$x$x; done`).catch(() => "");
    await cgroup.remove();
    if (isApart) rmdirSync(small);
    expect(await failureIn(watch, cgroup.id)).toMatchObject({ code: 9, forMemory: true });
  });

  test("has not failed where it was stopped, or only a process of its own failed", async () => {
    await using watch = await Watch.start();
    for (const script of stops) {
      const cgroup = new TestCgroup(await findHierarchy());
      await cgroup.run(script).catch(() => "");
      await cgroup.remove();
      expect([script, await failureIn(watch, cgroup.id)]).toEqual([script, undefined]);
    }
  });
});

describe.skipIf(noContainers !== undefined)(`a container (${noContainers ?? "runc"})`, () => {
  test("has failed by its first process's code, and not by what was brought into it", async () => {
    await using watch = await Watch.start();
    await using own = await OciContainer.create({ args: ["sh", "-c", "exit 4"] });
    const ownId = watch.cgroupId(own.cgroup);
    watch.sensors.everyKinds(["exit"]);
    await own.start();
    await watch.until("exit of its first process", (events) =>
      events.find(({ detail, process }) => detail.kind === "exit" && process?.pid === own.pid),
    );
    await own.remove();
    expect(await failureIn(watch, ownId)).toMatchObject({ code: 4 << 8, forMemory: false });
    await using stopped = await OciContainer.run();
    const id = watch.cgroupId(stopped.cgroup);
    expect((await stopped.exec("sh", "-c", "exit 6")).code).toBe(6);
    await stopped.kill();
    await stopped.remove();
    expect(await failureIn(watch, id)).toBeUndefined();
  });
});
