/**
 * What has to be true of a host's files, and of what its kernel was told, however it was killed.
 */
import { isOneOf, inForce } from "@pahlevan/core/loop/phase.ts";
import { rememberedMs, type Loop, type Transition } from "@pahlevan/core/loop/loop.ts";
import { holdOfNew, holdsOf } from "@pahlevan/core/loop/holding.ts";
import { savedLoop } from "@pahlevan/core/loop/saved.ts";
import { standing } from "@pahlevan/core/loop/before.ts";
import { isFor } from "@pahlevan/core/loop/signal.ts";
import { assess } from "@pahlevan/core/needs/assess.ts";
import { tablesFor } from "@pahlevan/core/needs/held-tables.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import type { StoredSignal } from "../../agent/store/signal-row.ts";
import { Store } from "../../agent/store/store.ts";
import type { Told } from "./host.ts";
import type { Promised } from "./schedule.ts";
import { instancesOf, learned, living, policies } from "./shop.ts";
import { digestOf } from "./tables.ts";

interface Saved {
  readonly signals: readonly StoredSignal[];
  readonly taken: number;
  readonly loops: readonly { readonly policy: Policy; readonly workload: string; loop: Loop }[];
}

export function savedIn(directory: string): Saved {
  using store = Store.open({ stateDirectory: directory, decisionsKept: 1, signalsKept: 100_000 });
  return {
    signals: store.signals.changedSince(0, 100_000),
    taken: store.signals.taken,
    loops: store.loops.all().map(({ policy: name, workload, state }) => {
      const policy = policies.find((each) => each.name === name);
      if (policy === undefined) throw new Error(`nobody wrote a policy ${name}`);
      return { policy, workload, loop: savedLoop.parse(JSON.parse(state)) };
    }),
  };
}

const placeOf = ({ name: policy, namespace }: Policy, workload: string) => {
  return { cluster: "", namespace, policy, workload };
};

export class Judge {
  /** What was found to be wrong. */
  readonly faults: string[] = [];
  /** By workload: all that was ever in its history. */
  readonly #histories = new Map<string, readonly Transition[]>();

  /** Of a host that has started, and was sent nothing yet. */
  look(saved: Saved, nowMs: number, acknowledged: Iterable<Promised>, told: Told): void {
    this.faults.push(
      ...lost(saved, acknowledged),
      ...unheard(saved, nowMs),
      ...saved.loops.flatMap(({ workload, loop }) => this.#twice(workload, loop)),
      ...untold(saved, nowMs, told),
    );
  }

  /** A history only grows, and nothing moves it twice. */
  #twice(workload: string, { transitions }: Loop): string[] {
    const before = this.#histories.get(workload) ?? [];
    const text = (each: Transition | undefined) => JSON.stringify(each);
    const known = transitions.findLastIndex((each) => text(each) === text(before.at(-1))) + 1;
    const isRewritten =
      (before.length > 0 && known === 0) ||
      transitions
        .slice(0, known)
        .some((each, at) => text(each) !== text(before[before.length - known + at]));
    const all = [...before, ...transitions.slice(known)];
    this.#histories.set(workload, all);
    const causes = all.map(({ cause }) => cause.says).filter(isOnce);
    const again = causes.filter((says, at) => causes.indexOf(says) !== at);
    return [
      ...(isRewritten ? [`${workload}: its history was rewritten`] : []),
      ...again.map((says) => `${workload} moved twice by ${says}`),
    ];
  }
}

function lost({ signals }: Saved, acknowledged: Iterable<Promised>): string[] {
  const there = new Map(signals.map(({ signal }) => [signal.says, signal.status]));
  return [...acknowledged].flatMap(({ says, isOver }) => {
    const status = there.get(says);
    const isKept = status === "resolved" || (status === "firing" && !isOver);
    return isKept ? [] : [`${says} was acknowledged, and is ${status ?? "not there"}`];
  });
}

/** All that is on disk has been taken, by each loop that it is for. */
function unheard({ signals, taken, loops }: Saved, nowMs: number): string[] {
  const last = Math.max(0, ...signals.map(({ changed }) => changed));
  const recent = signals.filter(({ changedMs }) => nowMs - changedMs < rememberedMs);
  return [
    ...(taken === last ? [] : [`signals were taken up to ${taken} of ${last}`]),
    ...recent.flatMap(({ signal: { says, status, ...signal } }) =>
      loops
        .filter(({ policy, workload }) => isFor(signal, placeOf(policy, workload)))
        .filter(({ loop }) => {
          const alert = loop.alerts.find((each) => each.signal.says === says);
          return alert === undefined || (status === "resolved" && alert.overMs === undefined);
        })
        .map(({ workload }) => `${workload} has not heard that ${says} is ${status}`),
    ),
  ];
}

/** What people and alerts say; clocks and guards say the same again. */
function isOnce(says: string): boolean {
  return says.startsWith("#") || says.startsWith("operator ");
}

/** The kernel holds each instance to what the saved loops say, and has no row for nothing. */
function untold({ loops }: Saved, nowMs: number, told: Told): string[] {
  const held = new Map(told.held);
  let rows = 0;
  const faults = loops.flatMap(({ policy, workload, loop }) => {
    const isHeld = isOneOf(standing(loop).phase, inForce);
    const profile = policy.learning.enabled ? learned : undefined;
    const known = assess({
      ...{ policy, profile, blind: new Set<never>(), nowMs },
      ...{ candidates: loop.candidates, enforced: isHeld ? loop.template : undefined },
    });
    if ("problems" in known) throw new Error(JSON.stringify(known.problems));
    const instances = instancesOf(workload);
    const holds = holdsOf(loop, { instances, policy, place: placeOf(policy, workload) });
    rows += new Set([holdOfNew(loop), ...holds.values()]).size;
    return living
      .filter((one) => one.workload === workload)
      .flatMap(({ slot, cgroupId }) => {
        const hold = holds.get(`cgroup ${cgroupId}`) ?? "open";
        const isSo = held.get(slot) === digestOf(tablesFor(hold, known, loop));
        return isSo ? [] : [`slot ${slot} of ${workload} is not ${hold} in ${loop.phase}`];
      });
  });
  return told.rows === rows ? faults : [...faults, `the kernel has ${told.rows} rows, not ${rows}`];
}

/** As two hosts have it that were told the same; but for the names that each makes up itself. */
export function comparable({ signals, loops }: Saved): unknown {
  const madeUp = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
  const all = {
    signals: signals
      .map(({ signal: { source, says, startsAtMs, status } }) => {
        return `${source} ${says} ${startsAtMs} ${status}`;
      })
      .toSorted(),
    loops: loops.map(({ workload, loop }) => ({ workload, ...loop })),
  };
  return JSON.parse(JSON.stringify(all).replaceAll(madeUp, "an operator's"));
}
