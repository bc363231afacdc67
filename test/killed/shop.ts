/** The host that is killed: its workloads, what was learned of them, and their policies. */
import { identityLabels, type WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import type { LiveInstance } from "@pahlevan/core/loop/world.ts";
import { normalise } from "@pahlevan/core/policy/normalise.ts";
import { parsePolicy } from "@pahlevan/core/policy/parse.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import { apiVersion, kind } from "@pahlevan/core/policy/schema/policy.ts";
import { learn } from "@pahlevan/core/profile/learn.ts";
import { emptyProfile, type Profile } from "@pahlevan/core/profile/profile.ts";
import type { HeldInstance } from "../../agent/enforce/host-policies.ts";
import { began, executed, opened, seenBy, watched } from "../sim/facts.ts";

export const beginMs = Date.UTC(2026, 0, 1);
export const node = "n1";
const minute = 60_000;

interface Held {
  readonly policy: string;
  readonly workloads: readonly string[];
  /** Else its policy says it all. */
  readonly learns: boolean;
  /** Of each workload. */
  readonly instances: number;
}

/**
 * So few that caps over all loops leave room for each: who comes first to a cap that is reached
 * depends on how long reviews take.
 */
export const shop: readonly Held[] = [
  { policy: "web", learns: true, workloads: ["web-a", "web-b"], instances: 4 },
  { policy: "db", learns: false, workloads: ["db-a", "db-b"], instances: 3 },
  { policy: "api", learns: false, workloads: ["api"], instances: 3 },
];

const enforcement = {
  mode: "enforce",
  blockUnknown: true,
  canary: { steps: [1, "50%", "100%"], stepDuration: "1m" },
};
const specs: Readonly<Record<string, object>> = {
  web: {
    learning: {
      ...{ enabled: true, autoTransition: false, duration: "1m", quietPeriod: "1m" },
      ...{ minSamples: 1, minInstances: 1, maxUnseenMass: 0.9 },
    },
    enforcement,
    selfHealing: { enabled: false },
  },
  db: {
    learning: { enabled: false },
    enforcement,
    selfHealing: { rollbackWindow: "1m", recoveryTimeout: "30m" },
  },
  api: {
    learning: { enabled: false, autoTransition: false },
    enforcement,
    selfHealing: { enabled: false },
  },
};

export const policies: readonly Policy[] = shop.map(({ policy: name, workloads }) => {
  const matchExpressions = [{ key: identityLabels.name, operator: "In", values: workloads }];
  const spec = { ...specs[name], selector: { matchExpressions } };
  const facts = { syscalls: new Set<string>(), capabilities: new Set<string>(), nowMs: 0 };
  const { policy, problems } = parsePolicy({ apiVersion, kind, metadata: { name }, spec }, facts);
  if (policy === undefined) throw new Error(JSON.stringify(problems));
  return normalise(policy);
});

interface Living extends HeldInstance {
  readonly workload: string;
}

const names = shop.flatMap(({ workloads, instances }) =>
  workloads.flatMap((workload) => Array.from({ length: instances }, () => workload)),
);
export const living: readonly Living[] = names.map((workload, at) => {
  return { slot: at + 2, generation: 1, cgroupId: BigInt(at + 2), workload };
});

export function identityOf({ slot }: HeldInstance): WorkloadIdentity {
  const workload = living.find((one) => one.slot === slot)?.workload;
  if (workload === undefined) throw new Error(`nobody lives in slot ${slot}`);
  return identities.get(workload) ?? identityAt(workload);
}

/** The same one for the same name, as a registry has it. */
const identities = new Map(names.map((name) => [name, identityAt(name)]));

function identityAt(workload: string): WorkloadIdentity {
  const labels = { [identityLabels.name]: workload };
  return { kind: "unit", namespace: "host", workload, unit: workload, labels, complete: true };
}

/** As a loop knows them. */
export function instancesOf(workload: string): LiveInstance[] {
  return living
    .filter((one) => one.workload === workload)
    .map(({ cgroupId }) => ({ id: `cgroup ${cgroupId}`, node, template: "" }));
}

/** One start, long over. */
export const learned: Profile = (() => {
  const one = { id: "before", startedMs: beginMs - 60 * minute };
  const at = (minutes: number) => one.startedMs + minutes * minute;
  return learn(emptyProfile, [
    began(one, ""),
    seenBy(one, at(0), executed("/usr/bin/app")),
    seenBy(one, at(0), opened("/etc/app.conf")),
    { fact: "retold", instance: one, atMs: at(5) },
    seenBy(one, at(6), opened("/etc/app.conf")),
    watched(one, at(59)),
  ]);
})();
