/**
 * A policy is edited a thousand times while young processes act under it: what every version allows
 * is never refused, and what every version denies never passes.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { KernelTables } from "@pahlevan/agent/enforce/kernel-tables.ts";
import { compile } from "@pahlevan/core/policy/compile/compile.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import { normalise } from "@pahlevan/core/policy/normalise.ts";
import { apiVersion, kind } from "@pahlevan/core/policy/schema/policy.ts";
import { readPort } from "@pahlevan/core/policy/values/port.ts";
import { readBefore } from "@pahlevan/core/policy/values/read.ts";
import { findHierarchy } from "../../../agent/workload/hierarchy.ts";
import { cannotSense } from "../pahlevan.ts";
import { Sensed, TestCgroup } from "../sensed.ts";
import { buildAct } from "../stage/build.ts";

const swaps = 1_000;
const allowed = 5001;
const denied = 5002;

/** Each version with other ports besides, so that no two have the same tables. */
function version(number: number): Compiled {
  const ports = [
    allowed,
    6_000 + (number % 2),
    ...Array.from({ length: 20 }, (_, at) => 7_000 + at),
  ];
  const policy = normalise({
    apiVersion,
    kind,
    metadata: { name: "hammered" },
    spec: {
      selector: {},
      enforcement: {
        mode: "enforce",
        network: {
          defaultAction: "deny",
          allowedEgressPorts: ports.map((port) => readBefore(readPort(port))),
        },
      },
    },
  });
  const result = compile({ policy, nowMs: 0 });
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result.compiled;
}

describe.skipIf(cannotSense !== undefined)(`edits under load (${cannotSense ?? "as root"})`, () => {
  test(
    `${swaps} of them leave no gap, and refuse nothing in between`,
    { timeout: 600_000 },
    async () => {
      const act = await buildAct();
      const folder = mkdtempSync(join(tmpdir(), "pahlevan-swaps-"));
      const sensed = await Sensed.start({
        guard: true,
        facetsOff: ["file", "syscall", "capability"],
      });
      const cgroup = new TestCgroup(await findHierarchy());
      try {
        const stop = join(folder, "stop");
        const go = join(folder, "go");
        const script = `until [ -e ${go} ]; do sleep 0.1; done; exec ${act} hammer ${allowed} ${denied} ${stop}`;
        const hammered = cgroup.run(script);
        await cgroup.holds("sh");
        const instance = sensed.sensors.instanceOf(cgroup.id);
        if (instance === undefined) throw new Error("the kernel knows no instance in the cgroup");
        const kernel = new KernelTables(sensed.sensors);
        let { row } = kernel.install(version(0), 1);
        expect(kernel.hold(instance, row)).toBe(true);
        writeFileSync(go, "");
        await cgroup.holds("act");
        for (let number = 1; number <= swaps; number++) {
          ({ row } = kernel.replace(row, version(number), number + 1));
          await setImmediate(); // the ring is read meanwhile
        }
        writeFileSync(stop, "");
        const [knocks, refusedWrongly, letThrough] = (await hammered).split(" ").map(Number);
        expect({ refusedWrongly, letThrough }).toEqual({ refusedWrongly: 0, letThrough: 0 });
        expect(knocks).toBeGreaterThan(swaps);
        expect(kernel.rowOf(instance.slot)).toBe(row);
      } finally {
        await cgroup.remove();
        sensed.sensors.close();
        rmSync(folder, { recursive: true });
      }
    },
  );
});
