/**
 * A record as the event that it tells: for consumers that want it whole; who only counts, looks.
 */
import {
  eventFlags,
  kinds,
  type EventFlag,
  type KernelEvent,
  type Kind,
  type ProcessFacts,
} from "@pahlevan/core/behaviour/event.ts";
import { detailOf } from "./detail.ts";
import { flagValues, kindValues } from "./layout.gen.ts";
import type { RecordView } from "./record.ts";
import { textAt, textsAt } from "./text.ts";

function isKind(name: string): name is Kind {
  return name in kinds;
}

/** Every kind by its number; the hole is `none`. */
export const kindByNumber: readonly (Kind | undefined)[] = Object.keys(kindValues).map((name) =>
  isKind(name) ? name : undefined,
);

const noFlags: readonly EventFlag[] = [];

function flagsOf(bits: number): readonly EventFlag[] {
  return bits === 0 ? noFlags : eventFlags.filter((flag) => (bits & flagValues[flag]) !== 0);
}

/** The record that `view` looked at last. Whatever it holds, this does not throw. */
export function decode(view: RecordView): KernelEvent | undefined {
  const kind = kindByNumber[view.kind];
  if (kind === undefined) return undefined;
  return {
    timeNs: view.u64("time_ns"),
    cgroupId: view.u64("cgroup_id"),
    instance: view.instance,
    generation: view.generation,
    flags: flagsOf(view.flags),
    detail: detailOf(kind, view),
    ...(view.has("no_process") ? {} : { process: processOf(kind, view) }),
  };
}

function processOf(kind: Kind, view: RecordView): ProcessFacts {
  const isExec = kind === "exec";
  const exe = isExec ? view.text("object") : view.text("exe");
  const comm = view.position("comm");
  const nul = view.bytes.indexOf(0, comm);
  const parentPid = view.u32("parent_pid");
  return {
    pid: view.u32("pid"),
    startNs: view.u64("start_ns"),
    tid: view.u32("tid"),
    comm: textAt(view.bytes, comm, Math.min(nul === -1 ? Infinity : nul, view.end("comm"))).value,
    uid: view.u32("uid"),
    gid: view.u32("gid"),
    ...(exe === undefined ? {} : { exe }),
    ...(isExec ? execFacts(view) : {}),
    ...(parentPid === 0
      ? {}
      : { parent: { pid: parentPid, startNs: view.u64("parent_start_ns") } }),
  };
}

function execFacts(view: RecordView): Pick<ProcessFacts, "args" | "cwd"> {
  const cwd = view.text("cwd");
  const args = textsAt(view.bytes, view.textStart("args"), view.textEnd("args"));
  return { ...(args.length === 0 ? {} : { args }), ...(cwd === undefined ? {} : { cwd }) };
}
