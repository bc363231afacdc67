/**
 * From events to the store: whose they are, from when on, what is saved and what is not learned.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BehaviourEvent, Detail } from "@pahlevan/core/behaviour/event.ts";
import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import { tellsPhases } from "@pahlevan/core/profile/phase.ts";
import { learnedOf } from "@pahlevan/core/profile/standing.ts";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { madeEvent, madeProfile, MadeSenses } from "../sense/made.ts";
import { Store } from "../store/store.ts";
import { blindFacets } from "./blind.ts";
import { Learning } from "./learning.ts";
import { subjectOf } from "./subject.ts";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-learn-"));
afterAll(() => rmSync(folder, { recursive: true }));

const begins = { kind: "instance_start", cgroup: { value: "/web" } } as const;
const ends = { kind: "instance_end", cgroup: { value: "/web" } } as const;
const opens = (path: string): Detail => ({ kind: "open", path: { value: path }, access: ["read"] });
const web = { namespace: "host", workload: "web" };
const second = 1_000_000_000n;

interface Difference extends Partial<Omit<BehaviourEvent, "workload" | "process">> {
  readonly workload?: Partial<WorkloadIdentity>;
}

function learning(limit = 8, directory = mkdtempSync(join(folder, "state-"))) {
  const store = Store.open({ stateDirectory: directory, decisionsKept: 1 });
  onTestFinished(() => store.close());
  const senses = new MadeSenses();
  senses.profiles.set(3, madeProfile());
  const complaints: string[] = [];
  const clock = { nowMs: 0 };
  const learner = new Learning({
    profiles: store.profiles,
    senses,
    subjectOf: ({ workload, cgroupId }) => subjectOf(workload, cgroupId),
    nowMs: () => clock.nowMs,
    complain: (says) => complaints.push(says),
    limit,
  });
  const see = (detail: Detail, atS: number, differences: Difference = {}) =>
    learner.see(madeEvent(detail, { wallNs: BigInt(atS) * second, ...differences }));
  const stored = (name = web) => {
    const found = store.profiles.read(name);
    if (found === undefined) throw new Error(`nothing is stored of ${name.workload}`);
    const { profile, revision } = found;
    const instances = [...profile.instances.entries.values()];
    const files = learnedOf(profile, "file")
      .map(({ text, standing }) => `${text} (${standing})`)
      .sort();
    return { profile, revision, instances, files };
  };
  return { learner, senses, store, directory, complaints, clock, see, stored };
}

describe("learning on this host", () => {
  it("keeps what an instance did from its start to its end", () => {
    const { learner, senses, see, stored } = learning();
    see(begins, 100);
    see(opens("/etc/hosts"), 101);
    senses.profiles.set(
      3,
      madeProfile({
        syscalls: [{ name: "read", count: 9 }],
        compatSyscalls: [{ name: "open (32-bit, unless x32)", count: 1 }],
        capabilities: [{ name: "CAP_CHOWN", count: 2 }],
      }),
    );
    see(ends, 160);
    learner.save();
    const { instances, files, profile } = stored();
    expect(instances).toMatchObject([
      { startedMs: 100_000, watchedToMs: 160_000, adopted: false, lost: 0, samples: 12 },
    ]);
    expect(files).toEqual(["file read /etc/hosts (new)"]);
    expect([...profile.facets.syscall.entries.keys()]).toEqual([
      "syscall open compat",
      "syscall read",
    ]);
    expect([...profile.facets.capability.entries.keys()]).toEqual(["capability CAP_CHOWN"]);
    expect(learner.workloads).toBe(0);
  });

  it("hears again of what the work needs, once the start is over", () => {
    const { learner, senses, see, stored, clock } = learning();
    const counts = (...names: string[]) => names.map((name) => ({ name, count: 3 }));
    see(begins, 100);
    see(opens("/conf"), 101);
    see(opens("/page"), 101);
    senses.profiles.set(3, madeProfile({ syscalls: counts("read", "setuid") }));
    clock.nowMs = 120_000;
    learner.startEnds(3);
    learner.retold({ slot: 3, generation: 1 }, 120_000);
    see(opens("/page"), 130);
    const since = {
      syscalls: counts("read"),
      compatSyscalls: [],
      capabilities: [],
      ringOperations: [],
    };
    senses.profiles.set(3, madeProfile({ syscalls: counts("read", "setuid"), since }));
    clock.nowMs = 900_000;
    learner.look();
    // Of another that had the slot before, nothing is said.
    learner.retold({ slot: 3, generation: 0 }, 900_000);
    learner.save();
    const { profile } = stored();
    expect(tellsPhases(profile, "file")).toBe(true);
    const { file, syscall } = profile.facets;
    const phases = [...file.entries, ...syscall.entries].map(([text, { init, steady }]) => {
      return [text, init, steady];
    });
    expect(phases).toEqual([
      ["file read /conf", true, false],
      ["file read /page", true, true],
      ["syscall read", false, true],
      ["syscall setuid", false, true],
    ]);
  });

  it("adds what is told of an instance that ran before, or that lost records, as such", () => {
    const { learner, senses, see, stored, clock } = learning();
    see(begins, 100, { flags: ["adopted"] });
    senses.profiles.set(4, madeProfile({ slot: 4, lost: 7 }));
    see(begins, 110, { instance: 4, cgroupId: 8n });
    see(opens("/a"), 120, { instance: 4, cgroupId: 8n });
    see(opens("/b"), 120, { instance: 5, cgroupId: 9n });
    clock.nowMs = 130_000;
    learner.look();
    learner.save();
    expect(stored().instances.map(({ adopted, lost }) => [adopted, lost])).toEqual([
      [true, 0],
      [false, 7],
      [true, 0],
    ]);
  });

  it("knows since when an instance's system calls were missed, and of whom they never were", () => {
    const { learner, senses, see, stored, clock } = learning();
    see(begins, 100);
    senses.profiles.set(4, madeProfile({ slot: 4 }));
    see(begins, 110, { instance: 4, cgroupId: 8n });
    // Its first program began later than it, and unwatched.
    senses.profiles.set(4, madeProfile({ slot: 4, callsMissed: true }));
    clock.nowMs = 130_000;
    learner.look();
    clock.nowMs = 140_000;
    learner.callsEnd();
    for (const slot of [3, 4]) senses.profiles.set(slot, madeProfile({ slot, callsMissed: true }));
    clock.nowMs = 150_000;
    learner.look();
    learner.save();
    const missed = stored().instances.map(({ adopted, watchedToMs, callsMissedMs }) => {
      return { adopted, watchedToMs, callsMissedMs };
    });
    const seen = { adopted: false, watchedToMs: 150_000 };
    expect(missed).toEqual([
      { ...seen, callsMissedMs: 140_000 },
      { ...seen, callsMissedMs: 110_000 },
    ]);
  });

  it("says whose system calls are still to be learned, as long as something of it lives", () => {
    const { learner, senses, see, clock } = learning();
    senses.tiers = () => [{ fact: "calls", kinds: ["syscall"], tier: "tracepoint", hook: "" }];
    const calls = (name: string): Detail => ({ kind: "syscall", number: 1, name, compat: false });
    expect([learner.learnsCalls(), learner.knowsCalls(web)]).toEqual([undefined, false]);
    see(begins, 100);
    for (let call = 0; call < 100; call++) see(calls("read"), 101);
    expect(learner.learnsCalls()).toBe("web");
    clock.nowMs = 3_600_000;
    learner.look();
    expect([learner.learnsCalls(), learner.knowsCalls(web)]).toEqual([undefined, true]);
    see(calls("fork"), 3_600);
    expect(learner.learnsCalls()).toBe("web");
    see(ends, 3_601);
    expect(learner.learnsCalls()).toBeUndefined();
  });

  it("learns the system calls of another template anew", () => {
    const { learner, senses, see, clock } = learning();
    senses.tiers = () => [{ fact: "calls", kinds: ["syscall"], tier: "tracepoint", hook: "" }];
    const image = (tag: string) => ({
      workload: { container: { id: tag, name: "web", image: `web:${tag}`, runtime: "runc" } },
    });
    see(begins, 100, image("1"));
    for (let call = 0; call < 100; call++)
      see({ kind: "syscall", number: 1, name: "read", compat: false }, 101, image("1"));
    clock.nowMs = 3_600_000;
    learner.look();
    expect(learner.knowsCalls(web)).toBe(true);
    senses.profiles.set(4, madeProfile({ slot: 4 }));
    see(begins, 3_600, { instance: 4, ...image("2") });
    expect(learner.knowsCalls(web)).toBe(false);
  });

  it("goes on where it was after a restart", () => {
    const first = learning();
    first.see(begins, 100);
    first.see(opens("/a"), 101);
    first.learner.save();
    first.store.close();
    const { learner, see, stored } = learning(8, first.directory);
    see(begins, 200, { flags: ["adopted"] });
    see(opens("/b"), 201);
    learner.save();
    expect(stored().files).toEqual(["file read /a (new)", "file read /b (new)"]);
  });

  it("keeps what two learn of one workload at the same time", () => {
    const one = learning();
    const other = learning(8, one.directory);
    one.see(begins, 100);
    other.see(begins, 150, { cgroupId: 9n });
    one.see(opens("/a"), 101);
    other.see(opens("/b"), 151, { cgroupId: 9n });
    one.learner.save();
    other.learner.save();
    one.see(opens("/c"), 102);
    one.learner.save();
    expect(one.stored().files.length).toBe(3);
    one.see(opens("/d"), 103);
    one.learner.save();
    expect(one.stored().files.length).toBe(4);
    expect(one.stored().instances.length).toBe(2);
  });

  it("begins anew once a person made it forget, and knows that it has seen no start", () => {
    const { learner, store, see, stored } = learning();
    see(begins, 100);
    see(opens("/a"), 101);
    learner.save();
    store.profiles.forget(web);
    see(opens("/b"), 102);
    learner.save();
    see(opens("/c"), 103);
    learner.save();
    expect(stored().files).toEqual(["file read /c (new)"]);
    expect(stored().instances.map(({ adopted }) => adopted)).toEqual([true]);
  });

  it("writes nothing while nothing is new, and silence after a while", () => {
    const { learner, see, stored, clock } = learning();
    see(begins, 100);
    learner.save();
    const { revision } = stored();
    const quiet = () => {
      clock.nowMs += 1_000_000;
      learner.look();
      learner.save();
      return stored().revision;
    };
    expect(quiet()).toBe(revision);
    for (let turn = 0; turn < 12; turn++) quiet();
    expect(stored().revision).toBe(revision + 1);
    expect(stored().instances[0]?.watchedToMs).toBeGreaterThan(5_000_000);
  });

  it("takes another template for a rollout, and its replica for none", () => {
    const { learner, see, stored, senses } = learning();
    const image = (tag: string, slot: number) => ({
      instance: slot,
      cgroupId: BigInt(slot),
      workload: { container: { id: `${slot}`, name: "web", image: `web:${tag}`, runtime: "runc" } },
    });
    for (const slot of [3, 4, 5, 6]) senses.profiles.set(slot, madeProfile({ slot }));
    see(begins, 100, image("1", 3));
    see(opens("/old"), 101, image("1", 3));
    see(begins, 200, image("2", 4));
    see(opens("/new"), 201, image("2", 4));
    see(begins, 210, image("1", 5));
    learner.save();
    expect([...stored().profile.rollouts.entries.keys()]).toEqual(["200000/web:2"]);
    expect(stored().files).toEqual(["file read /new (new)", "file read /old (inherited)"]);
  });

  it("does not take the next owner of a slot for the one before", () => {
    const { learner, senses, see, stored } = learning();
    see(begins, 100);
    senses.profiles.set(3, madeProfile({ generation: 2 }));
    see(begins, 200, { generation: 2, workload: { workload: "db" } });
    see(opens("/db"), 201, { generation: 2, workload: { workload: "db" } });
    learner.save();
    expect(stored().files).toEqual([]);
    expect(stored({ namespace: "host", workload: "db" }).files).toEqual(["file read /db (new)"]);
  });

  it("learns nothing of sessions, the host, commands of run, and what has no name yet", () => {
    const { learner, store, see } = learning();
    // More instances than the kernel tells apart share one slot.
    see(opens("/a"), 100, { instance: 0 });
    for (const kind of ["session", "host", "run", "cgroup"] as const)
      see(begins, 100, { workload: { kind } });
    see(begins, 100, { workload: { complete: false } });
    learner.save();
    expect(store.profiles.names()).toEqual([]);
  });

  it("holds so many workloads at a time, and says which it leaves out, once", () => {
    const { learner, senses, complaints, see, store } = learning(2);
    const each = (name: string, slot: number) => ({ instance: slot, workload: { workload: name } });
    for (const slot of [4, 5, 6]) senses.profiles.set(slot, madeProfile({ slot }));
    see(begins, 100, each("a", 4));
    see(begins, 100, each("b", 5));
    see(begins, 100, each("c", 6));
    see(opens("/c"), 101, each("c", 6));
    expect(complaints).toEqual([
      "c is not learned: 2 workloads are being learned already, and that is all",
    ]);
    see(ends, 110, each("a", 4));
    see(opens("/c"), 111, each("c", 6));
    learner.save();
    expect(store.profiles.names().map(({ workload }) => workload)).toEqual(["a", "b", "c"]);
  });

  it("says that it cannot save, and saves once it can", () => {
    const { learner, store, complaints, see, directory } = learning();
    see(begins, 100);
    see(opens("/a"), 101);
    store.close();
    learner.save();
    expect(complaints).toEqual([
      expect.stringMatching(/^what was learned of web is not saved: .*not open/),
    ]);
    using again = Store.open({ stateDirectory: directory, decisionsKept: 1 });
    expect(again.profiles.names()).toEqual([]);
  });
});

it("a facet of which this kernel shows a part is not shown", () => {
  const row = (kinds: readonly ("open" | "exec" | "bpf")[], tier: string) => ({
    fact: "x",
    kinds,
    tier,
    hook: "",
  });
  const blind = blindFacets([row(["exec"], "lsm"), row(["open"], "lsm"), row(["bpf"], "none")]);
  expect(blind.has("exec")).toBe(false);
  expect(blind.has("file")).toBe(true);
  expect(blind.has("bpf")).toBe(true);
});
