/** Which instance is held to what, over the life of policies, instances and the agent. */
import { identityLabels, type WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import type { Loop, Transition } from "@pahlevan/core/loop/loop.ts";
import { usualSettings } from "@pahlevan/core/loop/settings.ts";
import type { Signal } from "@pahlevan/core/loop/signal.ts";
import { normalise } from "@pahlevan/core/policy/normalise.ts";
import { parsePolicy } from "@pahlevan/core/policy/parse.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import { apiVersion, kind } from "@pahlevan/core/policy/schema/policy.ts";
import { learn } from "@pahlevan/core/profile/learn.ts";
import { emptyProfile, type Profile } from "@pahlevan/core/profile/profile.ts";
import { beforeEach, expect, test } from "vitest";
import { began } from "../../test/sim/facts.ts";
import { at, hour, minute, signalOf } from "../../test/sim/loop/made.ts";
import { madeEvent } from "../sense/made.ts";
import type { PolicyState } from "../store/policies.ts";
import type { Failure } from "../kernel/instance-table.ts";
import { HostPolicies, type HeldInstance } from "./host-policies.ts";

let policies: Policy[];
let living: HeldInstance[];
/** They live, and nobody has told of them yet. */
let strangers: Pick<HeldInstance, "slot" | "cgroupId">[];
let states: readonly PolicyState[];
/** Row by slot; and the generation in each row. */
let held: Map<number, number>;
let rows: Map<number, number>;
/** Row by path: what the kernel binds by itself. */
let paths: Map<string, number>;
/** Cgroups. */
let cut: Set<bigint>;
/** "web: Pending → Enforcing" */
let lines: string[];
let loops: ReadonlyMap<string, Loop>;
let firing: readonly Signal[];
let complaints: string[];
/** Of each instance. */
let denied: bigint;
let refuses: boolean;
let isDamaged: boolean;
/** Of whoever ends. */
let failure: Failure | "not sensed" | undefined;
let nowMs: number;
let profile: Profile | undefined;
const stored = { blind: new Set<never>(), savedMs: 0, revision: 1 };

beforeEach(() => {
  policies = [policy("web")];
  living = [];
  strangers = [];
  states = [];
  held = new Map();
  rows = new Map();
  paths = new Map();
  cut = new Set();
  lines = [];
  loops = new Map();
  firing = [];
  complaints = [];
  denied = 7n;
  refuses = false;
  isDamaged = false;
  failure = undefined;
  nowMs = 1_000;
  profile = undefined;
});

const everyone = (name: string) => ({
  ...policy(name),
  selector: { labels: {}, expressions: [] },
});

function policy(name: string, enforcement: object = { mode: "enforce", blockUnknown: true }) {
  const spec = {
    selector: { matchLabels: { [identityLabels.name]: "web" } },
    learning: { enabled: false },
    enforcement,
  };
  const facts = { syscalls: new Set<string>(), capabilities: new Set<string>(), nowMs: 0 };
  const { policy: read } = parsePolicy({ apiVersion, kind, metadata: { name }, spec }, facts);
  if (read === undefined) throw new Error("no policy");
  return normalise(read);
}

const identity = (unit: string): WorkloadIdentity => ({
  kind: "unit",
  namespace: "host",
  workload: unit,
  unit,
  labels: { [identityLabels.name]: unit },
  complete: true,
});

const instance = (slot: number, name = "web") => ({ slot, generation: 1, cgroupId: 1n, name });

function begin(): HostPolicies {
  let next = 1;
  held = new Map();
  rows = new Map();
  paths = new Map();
  const install = (generation: number) => {
    if (refuses) throw new Error("the kernel has no room");
    rows.set(next, generation);
    return { row: next++, shortfalls: [] };
  };
  const move = (from: number, to: number | undefined) => {
    for (const [slot, row] of held) {
      if (row !== from) continue;
      if (to === undefined) held.delete(slot);
      else held.set(slot, to);
    }
    for (const [path, row] of paths) {
      if (row !== from) continue;
      if (to === undefined) paths.delete(path);
      else paths.set(path, to);
    }
    rows.delete(from);
  };
  return new HostPolicies({
    kernel: {
      install: (_, generation) => install(generation),
      replace: (row, _, generation) => {
        const installed = install(generation);
        move(row, installed.row);
        return installed;
      },
      remove: move,
      hold: ({ slot }, row) => Boolean(held.set(slot, row)),
      release: ({ slot }) => held.delete(slot),
      rowOf: (slot) => held.get(slot),
      isSteady: (slot) => slot === 2,
      bindPath: (path, row) => {
        if (path.length > 40) throw new Error("its path is too long");
        paths.set(path, row);
      },
      releasePath: (path) => void paths.delete(path),
      boundPaths: () => new Map(paths),
      decided: () => [{ facet: "exec", action: "deny", times: denied }],
      untold: () => 1,
      packetsCut: () => 5,
      failureOf: () => failure,
    },
    cutOff: {
      keep: (cgroupId, isCut) => void (isCut ? cut.add(cgroupId) : cut.delete(cgroupId)),
      ended: (cgroupId) => void cut.delete(cgroupId),
      isCut: (cgroupId) => cut.has(cgroupId),
      whyNot: (cgroupId) => (cut.has(cgroupId) ? undefined : "not asked for"),
    },
    policies,
    mostWorkloads: 2,
    living: () => living,
    existing: () => [...living, ...strangers],
    identityOf: (of) => identity("name" in of ? String(of.name) : "web"),
    pathsOf: (of) => ("path" in of ? [String(of.path)] : []),
    identityAt: (path) => identity(path.slice(path.lastIndexOf("/") + 1)),
    profiles: {
      read: () => {
        if (isDamaged) throw new Error("the stored profile is damaged");
        return profile && { namespace: "host", workload: "web", profile, ...stored };
      },
      revisionOf: () => undefined,
    },
    states: { all: () => [...states], replace: (all) => void (states = all) },
    blind: () => new Set(),
    nowMs: () => nowMs,
    bootedMs: 500,
    reviewMs: 0,
    loops: {
      all: () => loops,
      save: (changed, gone) => {
        const kept = new Map([...loops, ...changed]);
        for (const key of gone) kept.delete(key);
        loops = kept;
      },
    },
    firing: () => firing,
    settings: usualSettings,
    heartbeat: () => "not expected",
    node: "n1",
    cluster: "",
    converged: () => undefined,
    left: ({ place }) => lines.push(`${place.workload}: left ${place.policy}`),
    perform: ({ name }, effect) => {
      if (effect.do !== "tell") return;
      const { from, to } = effect.transition;
      lines.push(`${name.workload}: ${from} → ${to}`);
    },
    complain: (says) => void complaints.push(says),
  });
}

test("who is selected is held from its first sight on, and nobody else", () => {
  living = [instance(2), instance(3, "db")];
  const host = begin();
  host.hold(instance(4));
  expect([...held]).toEqual([
    [2, 1],
    [4, 1],
  ]);
  expect(lines).toEqual(["web: Pending → Enforcing"]);
  expect(host.status()).toMatchObject([{ policy: "web", phase: "Enforcing", instances: 2 }]);
});

test("system calls are looked at by whose policy does, also for who is yet to begin", () => {
  policies = [policy("web", { mode: "enforce", blockUnknown: true })];
  const host = begin();
  expect(host.judgesCalls()).toBeUndefined();
  living = [instance(2)];
  host.tick();
  expect(host.judgesCalls()).toBe("web");
  living = [];
  host.ended(2);
  expect(host.judgesCalls()).toBe("web");
  policies = [policy("web", { mode: "enforce", files: { deniedPaths: ["/x"] } })];
  host.changed(policies);
  expect(host.judgesCalls()).toBeUndefined();
});

test("an edit takes the place of what was there, row for row", () => {
  living = [instance(2)];
  const host = begin();
  policies = [policy("web", { mode: "monitor", blockUnknown: true })];
  host.changed(policies);
  expect([...held]).toEqual([[2, 2]]);
  expect([...rows]).toEqual([[2, 2]]);
});

test("what the kernel refuses changes nothing, and is told of once", () => {
  living = [instance(2)];
  const host = begin();
  refuses = true;
  policies = [policy("web", { mode: "monitor", blockUnknown: true })];
  host.changed(policies);
  host.tick();
  expect([...held]).toEqual([[2, 1]]);
  expect(complaints).toEqual([expect.stringContaining("the kernel has no room")]);
  expect(host.status()).toMatchObject([{ refused: true }]);
  refuses = false;
  host.tick();
  expect([...held]).toEqual([[2, 2]]);
});

test("without its policy nobody is held, and its rows are free", () => {
  living = [instance(2)];
  const host = begin();
  policies = [];
  lines = [];
  host.changed(policies);
  expect([[...held], [...rows], host.status(), states]).toEqual([[], [], [], []]);
  expect(lines).toEqual(["web: left web"]);
});

test("the policy that demands more takes an instance over", () => {
  living = [instance(2)];
  const host = begin();
  const wide = everyone("all");
  policies = [wide, policy("web")];
  host.changed(policies);
  expect(host.status().map(({ policy: name, instances }) => [name, instances])).toEqual([
    ["web", 1],
  ]);
  policies = [wide];
  host.changed(policies);
  expect(host.status().map(({ policy: name, instances }) => [name, instances])).toEqual([
    ["all", 1],
  ]);
});

test("after a restart the rows are there before the first instance, by new generations", () => {
  living = [instance(2)];
  begin();
  living = [];
  const host = begin();
  expect([...rows.values()]).toEqual([2]);
  expect(host.status()).toMatchObject([{ workload: "web", phase: "Enforcing", instances: 0 }]);
});

test("a canary goes on by one step after a restart, whoever was in it", () => {
  const canary = { steps: [1, "50%", "100%"], stepDuration: "500ms" };
  policies = [policy("web", { mode: "enforce", blockUnknown: true, canary })];
  living = [2, 3, 4, 5].map((slot) => ({ ...instance(slot), cgroupId: BigInt(slot) }));
  loops = new Map([["host/web web", at("Canary")]]);
  const host = begin();
  expect(lines).toEqual(["web: Canary → Canary"]);
  expect(host.status()).toMatchObject([{ phase: "Canary", step: 1, enforcing: 2 }]);
  const [enforced, watched] = [...Map.groupBy([...held.values()], (row) => row).values()];
  expect([enforced?.length, watched?.length]).toEqual([2, 2]);
});

test("a canary's last step waits for names, of which it may have to leave some out", () => {
  const canary = { steps: [1, "50%", "100%"], stepDuration: "500ms" };
  policies = [policy("web", { mode: "enforce", blockUnknown: true, canary })];
  const all = [2, 3, 4, 5].map((slot) => ({ ...instance(slot), cgroupId: BigInt(slot) }));
  living = all.slice(0, 1);
  strangers = all.slice(1);
  loops = new Map([["host/web web", at("Canary")]]);
  const host = begin();
  const waitsFor = ["3 instances to be named"];
  expect(host.status()).toMatchObject([{ next: [{}, { to: "Enforcing", waitsFor }, {}, {}] }]);
  host.tick();
  expect(lines).toEqual([]);
  living = all;
  strangers = [];
  host.tick();
  expect(host.status()).toMatchObject([{ phase: "Canary", step: 1, enforcing: 2 }]);
});

test("a step does not wait for ever for a name that never comes", () => {
  loops = new Map([["host/web web", at("Canary")]]);
  living = [inCgroup(2)];
  strangers = [inCgroup(3)];
  nowMs = hour;
  const host = begin();
  nowMs += minute / 2 - 1;
  host.tick();
  expect(lines).toEqual([]);
  nowMs += 1;
  host.tick();
  expect(lines).toEqual(["web: Canary → Enforcing"]);
});

test("what is learned while nobody lives begins with the canary, unless it is one service", () => {
  policies = [everyone("all")];
  const before = begin();
  come(before, "web.service");
  before.tick();
  const names = ["web", "web.service"];
  loops = new Map(names.map((name) => [`host/all ${name}`, at("Pending")]));
  lines = [];
  const host = begin();
  expect(lines.toSorted()).toEqual(["web.service: Pending → Enforcing", "web: Pending → Canary"]);
  nowMs += hour;
  host.hold(inCgroup(2));
  host.tick();
  expect(lines).toHaveLength(2);
  nowMs += hour;
  host.tick();
  expect(lines.slice(2)).toEqual(["web: Canary → Enforcing"]);
});

test("who is taken back from a canary is let go at once, not at the next look", () => {
  const canary = { steps: [1, "50%", "100%"], stepDuration: "1h" };
  policies = [policy("web", { mode: "enforce", blockUnknown: true, canary })];
  living = [2, 3, 4, 5].map((slot) => ({ ...instance(slot), cgroupId: BigInt(slot) }));
  loops = new Map([["host/web web", at("Canary", { step: 1, stepSinceMs: 1_000 })]]);
  const host = begin();
  host.signalled([signalOf("rollback", "operator", { target: { workload: "web" } })]);
  expect(lines).toEqual(["web: Canary → Canary"]);
  expect(host.status()).toMatchObject([{ step: 0, enforcing: 1 }]);
  const byRow = Map.groupBy(held.values(), (row) => row);
  expect([...byRow.values()].map(({ length }) => length).toSorted((a, b) => a - b)).toEqual([1, 3]);
});

test("how many policies have moved is remembered over a restart", () => {
  policies = [everyone("all")];
  const moved = (from: Transition["from"], to: Transition["to"], atMs: number) =>
    at(to, { transitions: [transition(from, to, atMs)] });
  const others = ["a", "b", "c", "d", "e"].map(
    (name) => [`host/all ${name}`, moved("Enforcing", "RolledBack", 999)] as const,
  );
  living = [instance(2)];
  const rollback = signalOf("rollback", "alertmanager", { target: { workload: "web" } });
  firing = [{ ...rollback, by: "ErrorsHigh" }];
  loops = new Map([...others, ["host/all web", moved("Canary", "Enforcing", 900)]]);
  begin();
  expect(lines).toEqual([]);
  loops = new Map([...others.slice(1), ["host/all web", moved("Canary", "Enforcing", 900)]]);
  begin();
  expect(lines).toEqual(["web: Enforcing → Healing"]);
});

test("what a loop hears at its start is saved with it", () => {
  living = [instance(2)];
  firing = [signalOf("advance", "alertmanager", { target: { workload: "web" } })];
  loops = new Map([["host/web web", at("Enforcing")]]);
  begin().tick();
  expect(loops.get("host/web web")?.alerts.map(({ signal }) => signal)).toEqual(firing);
});

function transition(from: Transition["from"], to: Transition["to"], atMs: number): Transition {
  const cause = { source: "alertmanager", by: "ErrorsHigh", says: "" } as const;
  return { from, to, step: 0, atMs, signal: "rollback", cause, does: "" };
}

test("decisions of instances that ended are counted with those of the living", () => {
  living = [instance(2), instance(3)];
  const host = begin();
  // What was decided before this agent is in no counter of its own.
  denied += 2n;
  host.ended(2);
  expect([...host.counts()].map(({ decided, untold }) => ({ decided, untold }))).toEqual([
    { decided: [{ facet: "exec", action: "deny", times: 4n }], untold: 2 },
  ]);
});

const failures = (host: HostPolicies) => [...host.counts()].map(({ failures: of }) => of);

test("who is stopped has not failed, however soon after its start", () => {
  living = [instance(2), instance(3)];
  const host = begin();
  host.ended(2);
  expect([failures(host), complaints]).toEqual([[{ enforce: 0, monitor: 0 }], []]);
  failure = { code: 0x300, forMemory: false, beforeEndMs: 5 };
  host.ended(3);
  expect(failures(host)).toEqual([{ enforce: 1, monitor: 0 }]);
  expect(complaints).toEqual(["web: cgroup 1 has failed: it ended with code 3"]);
});

function refusal(slot: number, generation: number) {
  const opened = madeEvent({ kind: "open", path: { value: "/etc/x" }, access: ["read"] });
  const decision = { action: "deny", facet: "file", uses: ["read"], policy: generation } as const;
  return { ...opened, instance: slot, decision };
}

test("who is stopped right after a refusal has failed, and nobody else", () => {
  living = [inCgroup(2), inCgroup(3), inCgroup(4)];
  loops = new Map([["host/web web", at("Enforcing")]]);
  const host = begin();
  host.see(refusal(2, rows.get(1) ?? 0));
  host.see(refusal(3, rows.get(1) ?? 0));
  nowMs += 9_000;
  host.ended(2);
  host.ended(4);
  expect(failures(host)).toEqual([{ enforce: 1, monitor: 0 }]);
  nowMs += 9_000;
  host.ended(3);
  expect(failures(host)).toEqual([{ enforce: 1, monitor: 0 }]);
});

test("a profile that cannot be read stops nobody, and is told of once", () => {
  living = [instance(2), instance(3)];
  isDamaged = true;
  const host = begin();
  host.tick();
  expect(complaints).toEqual([expect.stringContaining("is damaged")]);
  expect(host.status()).toMatchObject([{ phase: "Pending", refused: true, instances: 2 }]);
  isDamaged = false;
  host.tick();
  host.tick();
  expect([...held.keys()]).toEqual([2, 3]);
});

test("names that come once do not fill the kernel, and where they stood is remembered", () => {
  policies = [everyone("all")];
  const host = begin();
  for (const name of ["a", "b", "c", "d"]) {
    host.hold(instance(2, name));
    host.ended(2);
    held.delete(2);
  }
  expect(host.status().map(({ workload }) => workload)).toEqual(["c", "d"]);
  expect(rows.size).toBe(2);
  host.hold(instance(2, "a"));
  expect(lines.filter((line) => line.startsWith("a:"))).toHaveLength(1);
  expect([...loops.keys()].map((key) => key.split(" ")[1])).toEqual(["a", "b", "c", "d"]);
});

test("who lives is never given up for another", () => {
  policies = [everyone("all")];
  const host = begin();
  for (const [at, name] of ["a", "b", "c"].entries()) host.hold(instance(at + 2, name));
  expect(rows.size).toBe(3);
});

function asked(kind: Signal["kind"], fingerprint: string): Signal {
  const by = { source: "operator", by: "ann", says: "", status: "firing" } as const;
  return { kind, fingerprint, startsAtMs: 1_000, target: { policy: "web" }, ...by };
}

const inCgroup = (slot: number, name = "web") => ({
  ...instance(slot, name),
  cgroupId: BigInt(slot),
});

test("who is quarantined is cut off, whoever comes meanwhile too, until that is lifted", () => {
  living = [inCgroup(2), inCgroup(3, "db")];
  const host = begin();
  expect([...cut]).toEqual([]);
  host.signalled([asked("quarantine", "1")]);
  expect(host.status()).toMatchObject([{ phase: "Quarantine" }]);
  expect([...cut]).toEqual([2n]);
  host.hold(inCgroup(4));
  expect([...cut]).toEqual([2n, 4n]);
  expect(host.status()).toMatchObject([{ cut: { instances: 2, packets: 10, refused: [] } }]);
  host.signalled([asked("suspend", "2")]);
  expect([...cut]).toEqual([2n, 4n]);
  host.signalled([asked("resume", "3")]);
  host.signalled([asked("resume", "4")]);
  expect(host.status()).toMatchObject([{ phase: "Enforcing" }]);
  expect([...cut]).toEqual([]);
});

test("the next agent cuts off whom the one before had quarantined", () => {
  living = [inCgroup(2)];
  begin().signalled([asked("quarantine", "1")]);
  cut = new Set();
  begin();
  expect([...cut]).toEqual([2n]);
});

test("a quarantine that the kernel refuses cuts nobody off", () => {
  living = [inCgroup(2)];
  const host = begin();
  refuses = true;
  host.signalled([asked("quarantine", "1")]);
  expect(host.status()).toMatchObject([{ phase: "Enforcing", cut: { instances: 0 } }]);
  expect([...cut]).toEqual([]);
});

test("whom no policy holds any more nobody cuts off", () => {
  living = [inCgroup(2)];
  const host = begin();
  host.signalled([asked("quarantine", "1")]);
  host.changed([]);
  expect([...cut]).toEqual([]);
});

test("packets that were dropped of who has ended still count", () => {
  living = [inCgroup(2), inCgroup(3)];
  const host = begin();
  host.signalled([asked("quarantine", "1")]);
  host.ended(2);
  expect([...cut]).toEqual([3n]);
  expect([...host.counts()]).toMatchObject([{ packetsCut: 10 }]);
});

test("the status says how many are starting, of those that live", () => {
  living = [instance(2), instance(3), instance(4)];
  expect(begin().status()).toMatchObject([{ instances: 3, starting: 2 }]);
});

test("start and work are told apart unless its policy says otherwise", () => {
  const [apart = policy("web")] = policies;
  policies = [{ ...apart, learning: { ...apart.learning, lifecycleAware: false } }];
  living = [instance(2)];
  const host = begin();
  expect([host.isApart(2), host.isApart(9)]).toEqual([false, true]);
});

test("who had started before the agent did is known by its profile", () => {
  const ids = (cgroups: readonly HeldInstance[]) =>
    cgroups.map(({ cgroupId }) => `cgroup ${cgroupId}`);
  living = [2, 3, 4, 5].map((slot) => ({ ...instance(slot), cgroupId: BigInt(slot) }));
  const [whole = "", young = "", adopted = "", before = ""] = ids(living);
  const at = (id: string, startedMs = 600) => ({ id, startedMs });
  const steady = (id: string, startedMs?: number) => ({
    ...{ fact: "retold" as const, instance: at(id, startedMs), atMs: 900 },
  });
  profile = learn(emptyProfile, [
    began(at(whole)),
    steady(whole),
    began(at(young)),
    began(at(adopted), "t1", false),
    steady(adopted),
    began(at(before, 400)),
    steady(before, 400),
  ]);
  const host = begin();
  expect(living.map((each) => host.wasSteady(each))).toEqual([true, false, false, false]);
  expect(host.wasSteady({ ...instance(2), cgroupId: 9n })).toBeUndefined();
});

const unit = (slot: number, name: string) => ({
  ...instance(slot, name),
  path: `/system.slice/${name}`,
});

/** Of who was there and is there no more. */
function come(host: HostPolicies, ...names: readonly string[]): void {
  for (const name of names) {
    host.hold(unit(2, name));
    host.ended(2);
    held.delete(2);
  }
}

test("a service that ended is awaited at its path; what never comes again is not", () => {
  policies = [everyone("all")];
  const host = begin();
  come(host, "web.service", "run-u12.scope");
  expect([...paths]).toEqual([["/system.slice/web.service", 1]]);
  // The kernel held it by itself meanwhile: nothing is to be done.
  held.set(3, 1);
  host.hold(unit(3, "web.service"));
  expect([...held]).toEqual([[3, 1]]);
  expect(host.status().at(-1)).toMatchObject({ workload: "web.service", instances: 1 });
});

test("who is awaited is held to what the policies say now", () => {
  policies = [everyone("all")];
  const host = begin();
  come(host, "web.service");
  host.changed([everyone("all"), serviceOnly()]);
  expect(host.status().map(({ policy: name }) => name)).toEqual(["all", "service"]);
  expect(rows.get(paths.get("/system.slice/web.service") ?? 0)).toBe(host.status()[1]?.generation);
  host.changed([policy("web")]);
  expect([...paths]).toEqual([]);
});

test("after a restart services are awaited before they begin", () => {
  policies = [everyone("all")];
  come(begin(), "db.service", "web.service");
  // Written down with the next change, or within a second.
  const second = begin();
  come(second, "db.service", "web.service");
  second.tick();
  const third = begin();
  expect([...paths.keys()]).toEqual(["/system.slice/db.service", "/system.slice/web.service"]);
  expect(third.status()).toMatchObject([{ instances: 0 }, { instances: 0 }]);
});

test("what the kernel binds otherwise than wished is put right", () => {
  policies = [everyone("all")];
  const host = begin();
  come(host, "web.service");
  paths.set("/system.slice/web.service", 9).set("/nobody", 1);
  host.tick();
  expect([...paths]).toEqual([["/system.slice/web.service", 1]]);
});

test("a path that the kernel cannot know is told of once", () => {
  policies = [everyone("all")];
  const host = begin();
  const long = `${"x".repeat(40)}.service`;
  come(host, long, long);
  host.tick();
  expect(complaints).toEqual([
    expect.stringMatching(/x\.service is held only once its start is heard of.*too long/),
  ]);
});

test("of more services than there is room for the last are awaited", () => {
  policies = [everyone("all")];
  const host = begin();
  come(host, "a.service", "b.service", "c@1.service", "c@2.service");
  expect([...paths.keys()]).toEqual(["/system.slice/c@1.service", "/system.slice/c@2.service"]);
  expect(rows.size).toBe(2);
});

function serviceOnly(): Policy {
  const selector = { labels: { [identityLabels.name]: "web.service" }, expressions: [] };
  return { ...policy("service"), selector };
}
