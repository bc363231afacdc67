/**
 * A record as the event that it tells: for consumers that want it whole; who only counts, looks.
 */
import {
  eventFlags,
  kinds,
  actions,
  type Action,
  type Decision,
  type EventFlag,
  type KernelEvent,
  type Kind,
  type ProcessFacts,
} from "@pahlevan/core/behaviour/event.ts";
import { detailOf } from "./detail.ts";
import {
  actionValues,
  facetValues,
  flagValues,
  kindValues,
  reachValues,
  useValues,
} from "./layout.gen.ts";
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
    ...decided(view),
    ...(view.has("no_process") ? {} : { process: processOf(kind, view) }),
  };
}

const facetNames = Object.keys(facetValues);
const actionByNumber = new Map<number, Action>(
  actions.map((action) => [actionValues[action], action]),
);

function decided(view: RecordView): { decision?: Decision } {
  const action = actionByNumber.get(view.u8("action"));
  if (action === undefined) return {};
  const facet = facetNames[view.u8("facet")] ?? "unknown";
  const bits = view.u16("judged_uses");
  const words = facet === "network" || facet === "runtime_socket" ? reachValues : useValues;
  const uses = Object.entries(words).flatMap(([use, bit]) => (bits & bit ? [use] : []));
  return { decision: { facet, action, uses, policy: view.u32("policy") } };
}

function processOf(kind: Kind, view: RecordView): ProcessFacts {
  // What was denied did not become the process.
  const isExec = kind === "exec" && view.u8("action") !== actionValues.deny;
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
