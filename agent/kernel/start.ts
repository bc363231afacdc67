/**
 * From what is wanted to attached programs: sizes and settings, the hierarchy, the host's own slot.
 */
import { existsSync, statSync } from "node:fs";
import { kinds } from "@pahlevan/core/behaviour/event.ts";
import * as native from "@pahlevan/native";
import type { Hierarchy } from "../workload/hierarchy.ts";
import { asking, kernelFacts } from "./ask.ts";
import { fillMaps, number64 } from "./bootstrap.ts";
import { cgroupV2Mount } from "./cgroup-v2.ts";
import {
  cutPrograms,
  deniedCallsProgram,
  facts,
  guards,
  type FacetThatMayBeOff,
  type Hook,
} from "./hooks.ts";
import { InstanceTable } from "./instance-table.ts";
import { load, type Attached } from "./load.ts";
import { pidForKernel, startOf } from "./own-pid.ts";
import { standInKinds, type Ask, type Choice } from "./plan.ts";
import type { RecordView } from "./record.ts";
import {
  defaultSizes,
  mapEntries,
  settingsBytes,
  sizesFor,
  type SizeOptions,
  type Tracked,
} from "./sizes.ts";

export interface SensorsOptions extends Partial<SizeOptions> {
  readonly hierarchy: Hierarchy;
  /** Kept over restarts within a boot, so that ids of what was seen stay the same. */
  readonly secret?: Uint8Array;
  readonly facetsOff?: readonly FacetThatMayBeOff[];
  /** Also what only enforcing needs. */
  readonly guard?: boolean;
  /** Have the kernel measure each program's runs; it costs some 20 ns a run. */
  readonly runStats?: boolean;
  /** What the kernel takes; the running one is asked by default. */
  readonly ask?: Ask;
  /**
   * One record, looked at. It is the kernel's again once this returns: decode() what is to stay.
   */
  readonly onRecord: (record: RecordView) => void;
}

export interface LoadedSenses extends Attached {
  readonly table: InstanceTable;
}

/** Loads and attaches all that is wanted and this kernel takes. */
export function loadFor(options: SensorsOptions, secret: Uint8Array, cpus: number): LoadedSenses {
  const { hierarchy } = options;
  const facetsOff = new Set<string>(options.facetsOff);
  const { mountPoint, hierarchyId } = hierarchy;
  if (!existsSync("/sys/kernel/btf/vmlinux"))
    throw new Error(
      "the kernel has no BTF (/sys/kernel/btf/vmlinux): it takes one with CONFIG_DEBUG_INFO_BTF=y",
    );
  const cgroupV2 = cgroupV2Mount(hierarchy);
  const growsInHooks = native.kernelHasType("struct", "bpf_mem_alloc");
  const sizes = sizesFor({ ...defaultSizes, ...options }, cpus, growsInHooks);
  const subsystem = subsystemOf(hierarchy);
  const tracked = {
    hierarchyId,
    subsystem,
    agentPid: pidForKernel() ?? process.pid,
    agentStartTicks: BigInt(startOf(process.pid) ?? 0),
  };
  let table: InstanceTable | undefined;
  const attached = load({
    facts: [
      ...facts.filter((fact) => !fact.kinds.every((kind) => facetsOff.has(kinds[kind]))),
      ...(options.guard ? guards : []),
    ],
    ask: options.ask ?? asking(kernelFacts(hierarchy)),
    configure: (object, choices) => {
      for (const [map, entries] of Object.entries(mapEntries(sizes)))
        object.setMaxEntries(map, entries);
      object.setMapFlags("seen", sizes.seenFlags);
      const settings = settingsBytes(sizes, secret, { ...tracked, guard: guardOf(choices) });
      object.setConstant("settings", settings);
      object.setConstant("trace_kinds", number64(standInKinds(choices)));
    },
    prepare: (object) => {
      table = new InstanceTable(object.map("instances").mmap());
      const rootCgroup = statSync(mountPoint, { bigint: true }).ino;
      fillMaps(object, table, sizes.scratches, rootCgroup);
    },
    attach: (object, hook) => attachedAt(object, hook, cgroupV2),
  });
  if (table === undefined) throw new Error("the programs were loaded and never prepared");
  return { ...attached, table };
}

function guardOf(choices: readonly Choice[]): Tracked["guard"] {
  const check = choices.find(({ fact }) => guards.includes(fact));
  if (check === undefined) return "off";
  return check.candidate === undefined ? "kills_exec" : "refuses_exec";
}

function attachedAt(
  object: native.BpfObject,
  { program, kind }: Hook,
  cgroupV2: string | undefined,
): native.BpfLink | undefined {
  if (kind === "iter") return undefined; // read when it is wanted
  if (cutPrograms.includes(program)) return undefined; // attached to who is quarantined
  if (program === deniedCallsProgram) return undefined; // attached when entries are watched no more
  if (kind === "cgroup") return object.attachCgroup(program, cgroupV2 ?? "");
  return object.attach(program);
}

/** Where the v1 controller's cgroup stands in a task's set of cgroups. */
function subsystemOf({ mode, controller = "" }: Hierarchy): number | undefined {
  if (mode !== "v1") return undefined;
  const index = native.kernelEnumValue("cgroup_subsys_id", `${controller}_cgrp_id`);
  if (index === undefined)
    throw new Error(
      `cgroup hierarchy "${controller}": the kernel knows no such controller; track another`,
    );
  return index;
}
