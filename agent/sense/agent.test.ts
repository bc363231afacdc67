import { setImmediate as turn } from "node:timers/promises";
import type { BehaviourEvent } from "@pahlevan/core/behaviour/event.ts";
import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import { describe, expect, it } from "vitest";
import { Agent } from "./agent.ts";
import { everything } from "./filter.ts";
import { madeIdentity, madeKernelEvent, madeProfile, MadeSenses } from "./made.ts";

/** Identities that a test completes when it likes. */
class MadeIdentities {
  readonly known = new Map<bigint, WorkloadIdentity>();
  readonly ends: bigint[] = [];
  level: string | undefined;
  #waits = new Map<bigint, PromiseWithResolvers<WorkloadIdentity>>();

  resolve(cgroupId: bigint): WorkloadIdentity {
    return this.known.get(cgroupId) ?? { ...madeIdentity, workload: "?", complete: false };
  }
  settled(cgroupId: bigint): Promise<WorkloadIdentity> {
    const wait = this.#waits.get(cgroupId) ?? Promise.withResolvers<WorkloadIdentity>();
    this.#waits.set(cgroupId, wait);
    return wait.promise;
  }
  complete(cgroupId: bigint, workload: string): void {
    this.known.set(cgroupId, { ...madeIdentity, workload });
    this.giveUp(cgroupId);
  }
  giveUp(cgroupId: bigint): void {
    this.#waits.get(cgroupId)?.resolve(this.resolve(cgroupId));
    this.#waits.delete(cgroupId);
  }
  ended(cgroupId: bigint): void {
    this.ends.push(cgroupId);
  }
  levelOf(): string | undefined {
    return this.level;
  }
}

const open = (path: string) => ({ kind: "open", path: { value: path }, access: ["read"] }) as const;
const begins = { kind: "instance_start", cgroup: { value: "/docker/abc/init" } } as const;
const ends = { kind: "instance_end", cgroup: { value: "/docker/abc/init" } } as const;

/** What is there now, by path. */
const cgroups = new Map<string, bigint>();

async function started() {
  cgroups.clear();
  cgroups.set("/docker/abc", 6n).set("/docker/abc/init", 7n);
  const senses = new MadeSenses();
  const identities = new MadeIdentities();
  const agent = new Agent({
    senses,
    identities,
    cgroupIdOf: (path) => cgroups.get(path),
    processTableSize: 256,
    journalSize: 4,
  });
  await agent.start();
  const events: BehaviourEvent[] = [];
  agent.listen(everything, (event) => events.push(event));
  const told = () => events.map(({ workload, detail }) => `${workload.workload} ${detail.kind}`);
  return { senses, identities, agent, events, told };
}

describe("the agent", () => {
  it("waits for a container's name, and holds up no other", async () => {
    const { senses, identities, told } = await started();
    identities.complete(8n, "db");
    senses.see(madeKernelEvent(open("/a")));
    senses.see(madeKernelEvent(open("/b"), { cgroupId: 8n }));
    expect(told()).toEqual(["db open"]);
    identities.complete(7n, "web");
    await turn();
    expect(told()).toEqual(["db open", "web open"]);
  });

  it("drops nothing when no name ever comes", async () => {
    const { senses, identities, told } = await started();
    senses.see(madeKernelEvent(open("/a")));
    senses.see(madeKernelEvent(open("/b")));
    identities.giveUp(7n);
    await turn();
    expect(told()).toEqual(["? open", "? open"]);
  });

  it("lets only so many wait; the next ones go on with what is known", async () => {
    const { senses, identities, agent, told } = await started();
    for (let n = 0; n < 5_000; n++) senses.see(madeKernelEvent(open("/a")));
    expect(told().length).toBe(904);
    expect(agent.attribution).toMatchObject({ waiting: 4_096, overflowed: 904 });
    identities.complete(7n, "web");
    await turn();
    expect(told().length).toBe(5_000);
    expect(agent.attribution.waiting).toBe(0);
  });

  it("tells at its end what still waited", async () => {
    const { senses, agent, told } = await started();
    senses.see(madeKernelEvent(open("/a")));
    await agent.stop();
    expect(told()).toEqual(["? open"]);
    expect(senses.running).toBe(false);
  });

  it("reads an ended instance out before its slot is given back", async () => {
    const { senses, identities, agent, told } = await started();
    identities.complete(7n, "web");
    senses.profiles.set(3, madeProfile({ syscalls: [{ name: "read", count: 9 }] }));
    const profiles: string[] = [];
    agent.onEnded(({ syscalls }, { workload }) => {
      expect(senses.retired).toEqual([]);
      profiles.push(`${workload} ${syscalls.map(({ name }) => name).join()}`);
    });
    senses.see(madeKernelEvent(open("/a")));
    senses.see(madeKernelEvent(ends));
    expect(profiles).toEqual(["web read"]);
    expect(senses.retired).toEqual([3]);
    expect(identities.ends).toEqual([7n]);
    expect([...agent.living()]).toEqual([]);
    expect(told().at(-1)).toBe("web instance_end");
  });

  it("does not give back a slot that is another instance's by now", async () => {
    const { senses, identities } = await started();
    identities.complete(7n, "web");
    senses.profiles.set(3, madeProfile({ generation: 2 }));
    senses.see(madeKernelEvent(ends));
    expect(senses.retired).toEqual([]);
  });

  it("lets what is made elsewhere in a container belong to it", async () => {
    const { senses, identities } = await started();
    identities.complete(7n, "web");
    identities.level = "/docker/abc";
    senses.see(madeKernelEvent(begins));
    expect(senses.inherited).toEqual([{ cgroupId: 6n, slot: 3 }]);
  });

  it("takes cgroups of the same paths for no part of an instance that has ended", async () => {
    const { senses, identities } = await started();
    identities.complete(7n, "web");
    cgroups.set("/docker/abc", 16n).set("/docker/abc/init", 17n);
    for (const level of ["/docker/abc", "/docker/abc/init"]) {
      identities.level = level;
      senses.see(madeKernelEvent(begins));
    }
    expect(senses.inherited).toEqual([]);
  });

  it("asks the kernel for every occurrence while somebody wants it, and only there", async () => {
    const { senses, identities, agent, events } = await started();
    identities.complete(7n, "web");
    identities.complete(8n, "db");
    senses.see(madeKernelEvent(begins));
    const seen: BehaviourEvent[] = [];
    const stop = agent.listen({ ...everything, workloads: ["w*"], every: ["open"] }, (event) =>
      seen.push(event),
    );
    senses.see(madeKernelEvent(begins, { cgroupId: 8n, instance: 4 }));
    expect(senses.asked).toEqual([{ kinds: ["open"], slot: 3 }]);
    senses.see(madeKernelEvent(open("/a"), { flags: ["every"] }));
    expect(seen.length).toBe(1);
    expect(events.filter(({ flags }) => flags.includes("every"))).toEqual([]);
    stop();
    expect(senses.asked.at(-1)).toEqual({ kinds: [], slot: 3 });
  });

  it("keeps the newest events for those who come later", async () => {
    const { senses, identities, agent } = await started();
    identities.complete(7n, "web");
    for (let n = 0; n < 6; n++) senses.see(madeKernelEvent(open(`/${n}`)));
    const kept = [...agent.journal].map(({ detail }) => "path" in detail && detail.path?.value);
    expect(kept).toEqual(["/2", "/3", "/4", "/5"]);
    expect(agent.journal.forgotten).toBe(2);
  });

  it("counts an instance's facts, not their repeats nor its runtime's", async () => {
    const { senses, identities, agent } = await started();
    identities.complete(7n, "web");
    senses.see(madeKernelEvent(open("/a")));
    senses.see(madeKernelEvent(open("/a"), { flags: ["every"] }));
    senses.see(madeKernelEvent(open("/runtime"), { flags: ["setup"] }));
    expect([...agent.living()].map(({ facts }) => facts.file)).toEqual([1]);
  });
});
