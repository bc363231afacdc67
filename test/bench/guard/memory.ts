/** What policies take of the kernel's memory, by what the kernel says of their maps. */
import { execFileSync } from "node:child_process";
import { KernelTables } from "@pahlevan/agent/enforce/kernel-tables.ts";
import { policyLayout } from "@pahlevan/agent/kernel/layout.gen.ts";
import { Sensors } from "@pahlevan/agent/kernel/sensors.ts";
import type { Hierarchy } from "@pahlevan/agent/workload/hierarchy.ts";
import * as z from "zod";
import type { Row } from "../row.ts";
import { everyFacet } from "./held.ts";

const POLICIES = 100;
const KILOBYTES = 16;
const [few, many] = [10, 4_096];

export function memoryOfPolicies(hierarchy: Hierarchy): Row[] {
  const sensors = Sensors.start({
    hierarchy,
    guard: true,
    policies: POLICIES + 2,
    onRecord: () => undefined,
  });
  try {
    const kernel = new KernelTables(sensors);
    for (let at = 1; at <= POLICIES; at++) kernel.install(everyFacet(few), at);
    const { row } = kernel.install(everyFacet(many), POLICIES + 1);
    const tables = maps().filter(({ name = "" }) => /^policy_\d+$/.test(name));
    const largest = tables.find(({ name }) => name === `policy_${row}`);
    const usual = tables.filter((table) => table !== largest && table.bytes_memlock > 0);
    const mean = usual.reduce((sum, table) => sum + table.bytes_memlock, 0) / usual.length;
    if (largest === undefined || usual.length < POLICIES)
      throw new Error(`the kernel has ${tables.length} tables of ${POLICIES + 1} policies`);
    const entry = (largest.bytes_memlock - mean) / (2 * (many - few));
    const own = mean + policyLayout.sizeBytes;
    return [
      {
        ...{ name: "kernel memory of a policy", value: own / 1024, unit: "KB", exact: true },
        ...{ budget: `≤ ${KILOBYTES}`, ok: own / 1024 <= KILOBYTES },
        detail: `with ${few} entries each of files and programs; mean of ${usual.length}`,
      },
      {
        ...{
          name: "and of each further entry",
          value: entry,
          unit: "bytes",
          budget: "-",
          ok: true,
        },
        detail: `${many} entries each: ${(largest.bytes_memlock / 1024).toFixed(0)} KB in all`,
      },
    ];
  } finally {
    sensors.close();
  }
}

const mapSchema = z.array(z.object({ name: z.string().optional(), bytes_memlock: z.number() }));

function maps() {
  const said = execFileSync("bpftool", ["-j", "map", "show"], { maxBuffer: 1 << 26 });
  return mapSchema.parse(JSON.parse(said.toString()));
}
