/**
 * Sensors on the running kernel: what is told, what is only counted, and that nothing stays behind.
 */
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { droppedIn, totalOf, unaccounted, type KindCounts } from "../../agent/kernel/counters.ts";
import { facetsThatMayBeOff } from "../../agent/kernel/hooks.ts";
import { findHierarchy, type Hierarchy } from "../../agent/workload/hierarchy.ts";
import { Sensed, TestCgroup, type Told } from "./sensed.ts";

const isRoot = process.getuid?.() === 0;
const hierarchy = await findHierarchy();
const v1 = await findHierarchy("memory").catch(() => undefined);
let running: Sensed | undefined;
const cgroups: TestCgroup[] = [];

async function sense(options: Parameters<typeof Sensed.start>[0] = {}): Promise<Sensed> {
  running = await Sensed.start(options);
  return running;
}
/** The unknown one's, and those of what runs here already. */
async function slotsTaken(): Promise<number> {
  const counting = await Sensed.start({});
  const taken = [...counting.sensors.instances()].length;
  counting.sensors.close();
  return 1 + Math.max(taken, 2);
}
/** Sensors without a slot for an instance that is to come: what runs here already has its own. */
async function senseWithoutSlots(): Promise<Sensed> {
  const it = await sense({ instances: await slotsTaken() });
  // One of them may have ended meanwhile.
  while (!it.sensors.failures().some(isShortage)) await cgroup().run("true");
  return it;
}
const isShortage = ({ place }: { place: string }) => place === "instance_slot";

/** What was told of this cgroup's, about a path with this end. */
function isOf({ id }: TestCgroup, end: string) {
  return (event: Told<"exec" | "open">) =>
    event.cgroupId === id && event.detail.path.value.endsWith(end);
}
function cgroup(parent?: TestCgroup, within: Hierarchy = hierarchy): TestCgroup {
  const made = new TestCgroup(within, parent);
  cgroups.unshift(made); // those below go first
  return made;
}
/** What this process holds of BPF: a link without an owner is detached, and none is pinned. */
function heldOfBpf(): string[] {
  const held = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ""; // the one that listed them
    }
  });
  return held.filter((name) => name.startsWith("anon_inode:bpf"));
}

function onlySyscalls(counts: KindCounts): KindCounts {
  return new Map([...counts].filter(([kind]) => kind === "syscall"));
}

afterEach(async () => {
  running?.sensors.close();
  running = undefined;
  for (const each of cgroups.splice(0)) await each.remove();
});

describe.skipIf(!isRoot)("an instance (sensing takes root)", () => {
  test("begins with its first process, and all that it does is told under it", async () => {
    const it = await sense();
    const mine = cgroup();
    await mine.run("cd /tmp && exec cat /etc/hostname");
    const start = await it.tells("instance_start", ({ cgroupId }) => cgroupId === mine.id);
    expect(start.detail.cgroup.value).toBe(mine.path);
    const { instance, generation } = start;
    const exec = await it.tells("exec", isOf(mine, "/cat"));
    expect(exec).toMatchObject({ instance, generation });
    expect(exec.process).toMatchObject({
      comm: "cat",
      uid: 0,
      args: [{ value: "cat" }, { value: "/etc/hostname" }],
      cwd: { value: "/tmp" },
    });
    const open = await it.tells("open", isOf(mine, "/etc/hostname"));
    expect(open.process?.pid).toBe(exec.process?.pid);
    expect(open).toMatchObject({ instance, detail: { access: ["read"] } });
  });

  test("has a profile in the kernel: system calls, and what was seen how often", async () => {
    const it = await sense();
    const mine = cgroup();
    await mine.run("for i in 1 2 3; do cat /etc/hostname; done");
    const { instance, generation } = await it.tells(
      "instance_start",
      (e) => e.cgroupId === mine.id,
    );
    const profile = it.sensors.instance(instance);
    expect(profile).toMatchObject({ cgroupId: mine.id, generation, fromStart: true, lost: 0n });
    expect(profile?.syscalls.map(({ number }) => number)).toContain(
      process.arch === "x64" ? 59 : 221,
    );
    const execs = it.sensors.seenOf(instance, generation).filter(({ kind }) => kind === "exec");
    expect(execs.map(({ count }) => count)).toContain(3);
    expect(it.sensors.seenOf(instance, generation + 1)).toEqual([]);
  });

  test("is told once of what it does again and again, or each time if that is wanted", async () => {
    const it = await sense();
    const mine = cgroup();
    const opens = () =>
      it.told("open", ({ detail, instance }) => {
        return detail.path.value === "/etc/hostname" && instance === slot;
      });
    await mine.run(
      "cat /etc/hostname; cat /etc/hostname; touch /tmp; chmod 0 /dev/null/none; true",
    );
    const { instance: slot } = await it.tells("instance_start", (e) => e.cgroupId === mine.id);
    await mine.run("exec id -u"); // told after all that came before it
    await it.tells("exec", isOf(mine, "/id"));
    expect(opens()).toHaveLength(1);
    it.sensors.everyKinds(["open"], slot);
    await mine.run("cat /etc/hostname; cat /etc/hostname; exec nice true");
    await it.tells("exec", isOf(mine, "/nice"));
    expect(opens().map(({ flags }) => flags.includes("every"))).toEqual([false, true, true]);
  });

  test("holds what runs in cgroups below its own", async () => {
    const it = await sense();
    const outer = cgroup();
    await outer.run("true");
    const { instance } = await it.tells("instance_start", ({ cgroupId }) => cgroupId === outer.id);
    const inner = cgroup(outer);
    await inner.run("exec uname");
    const exec = await it.tells("exec", isOf(inner, "/uname"));
    expect(exec).toMatchObject({ instance });
  });

  test("ends with its cgroup; retired, its slot is another's and remembers nothing", async () => {
    const it = await sense();
    const first = cgroup();
    await first.run("cat /etc/hostname");
    await first.remove();
    const end = await it.tells("instance_end", ({ cgroupId }) => cgroupId === first.id);
    expect(it.sensors.instance(end.instance)?.entries).toBeGreaterThan(0);
    it.sensors.retire(end.instance);
    it.sensors.sweepRetired();
    expect(it.sensors.instance(end.instance)).toBeUndefined();
    const second = cgroup();
    await second.run("cat /etc/hostname");
    const start = await it.tells("instance_start", ({ cgroupId }) => cgroupId === second.id);
    // The slot that was given back last is the next to be given.
    expect(start).toMatchObject({ instance: end.instance, generation: end.generation + 1 });
    await it.tells("open", ({ detail, generation }) => {
      return detail.path.value === "/etc/hostname" && generation === end.generation + 1;
    });
    expect(it.sensors.seenOf(end.instance, end.generation)).toEqual([]);
  });

  test("without a slot is told as the unknown one's, and the shortage is counted", async () => {
    const it = await senseWithoutSlots();
    const late = cgroup();
    await late.run("exec uname");
    const exec = await it.tells("exec", isOf(late, "/uname"));
    expect(exec).toMatchObject({ instance: 0 });
    expect(it.sensors.failures().filter(isShortage)).toHaveLength(1);
  });

  test("takes in a cgroup that user space says is its own", async () => {
    const it = await sense();
    const [known, other] = [cgroup(), cgroup()];
    await known.run("true");
    await other.run("true");
    const { instance } = await it.tells("instance_start", ({ cgroupId }) => cgroupId === known.id);
    it.sensors.inherit(other.id, instance);
    await other.run("exec uname");
    const exec = await it.tells("exec", isOf(other, "/uname"));
    expect(exec).toMatchObject({ instance });
  });

  test("that runs before the sensors is adopted, and said to be", async () => {
    const mine = cgroup();
    const sleeper = spawn("sh", ["-c", 'echo 0 >"$0" && exec sleep 600', mine.procs]);
    await mine.holds("sleep");
    const it = await sense();
    const exec = it.told("exec", ({ cgroupId }) => cgroupId === mine.id)[0];
    expect(exec?.flags).toContain("adopted");
    expect(exec?.detail.path.value).toMatch(/\/sleep$/);
    expect(exec?.process?.pid).toBe(sleeper.pid);
    sleeper.kill("SIGKILL");
    await mine.isEmpty();
  });

  test.skipIf(!v1)("can be a cgroup of version 1 (needs the memory controller there)", async () => {
    const it = await sense({ ...(v1 && { hierarchy: v1 }) });
    const mine = cgroup(undefined, v1);
    await mine.run("exec uname");
    const exec = await it.tells("exec", isOf(mine, "/uname"));
    expect(exec.instance).toBeGreaterThan(1);
    // Sockets know no cgroup of version 1: their hooks are on version 2, if it is there beside it.
    const send = it.sensors.tiers().find(({ fact }) => fact === "UDP send");
    expect(send?.tier).toBe(hierarchy.mode === "v1" ? undefined : "cgroup");
  });
});

describe.skipIf(!isRoot)("sensors (they take root)", () => {
  test("account for every fact, kind by kind, once they stand still", async () => {
    const it = await sense();
    await cgroup().run("for i in 1 2 3 4 5; do ls -lR /etc >/dev/null; done");
    it.sensors.stop();
    expect(it.sensors.lossEquation()).toMatchObject({ holds: true });
    expect(it.sensors.malformed).toBe(0);
    // Whoever is preempted in an fentry program makes the kernel skip it for others meanwhile.
    const isPreemptible = it.sensors.tiers().some(({ tier }) => tier === "fentry");
    if (!isPreemptible) expect(it.sensors.missed()).toBe(0);
  });

  test("count each record that a full ring cannot take, and mark whose it was", async () => {
    const it = await sense({ ringBytes: 16_384 });
    const mine = cgroup();
    it.sensors.everyKinds(["open"]);
    // Nobody reads the ring meanwhile: the event loop waits for the command.
    spawnSync("sh", ["-c", 'echo 0 >"$0" && ls -lR /etc /usr/share/doc >/dev/null', mine.procs]);
    it.sensors.stop();
    expect(it.sensors.lossEquation()).toMatchObject({ holds: true });
    const perCpu = it.sensors.counters();
    expect(droppedIn(totalOf(perCpu))).toBeGreaterThan(0);
    expect(
      perCpu.flatMap((each) => [...each.values()].map(unaccounted)).every((n) => n === 0),
    ).toBe(true);
    const lossy = [...it.sensors.instances()].find(({ cgroupId }) => cgroupId === mine.id);
    expect(lossy?.lost).toBeGreaterThan(0n);
  });

  test("see no system calls while nobody learns them, and again when somebody does", async () => {
    const it = await sense();
    const generated = () => totalOf(it.sensors.counters().map(onlySyscalls)).generated;
    it.sensors.detachSyscalls();
    // Another processor may yet be in the program.
    const more = async () => {
      const before = generated();
      await cgroup().run("true");
      return generated() - before;
    };
    await expect.poll(more).toBe(0);
    it.sensors.attachSyscalls();
    expect(await more()).toBeGreaterThan(0);
  });

  test("mark whose system calls were missed: who was there, and who began meanwhile", async () => {
    const it = await sense();
    const missed = async (mine: TestCgroup) => {
      const { instance } = await it.tells("instance_start", (e) => e.cgroupId === mine.id);
      return it.sensors.instance(instance)?.callsMissed;
    };
    const [before, amid, after] = [cgroup(), cgroup(), cgroup()];
    await before.run("true");
    expect(await missed(before)).toBe(false);
    it.sensors.detachSyscalls();
    await amid.run("true");
    it.sensors.attachSyscalls();
    await after.run("true");
    expect(await Promise.all([before, amid, after].map(missed))).toEqual([true, true, false]);
  });

  test("detach at their stop, and leave nothing in the kernel at their end", async () => {
    const it = await sense();
    const links = () => heldOfBpf().filter((name) => /link|tracepoint/.test(name));
    expect(links().length).toBeGreaterThan(5);
    it.sensors.stop();
    expect(links()).toEqual([]);
    it.sensors.close();
    expect(heldOfBpf()).toEqual([]);
  });

  test("open nothing by being asked, and begun again and again leave nothing open", async () => {
    const open = () => readdirSync("/proc/self/fd").length;
    const askedAll = async () => {
      const { sensors } = await sense({ guard: true });
      sensors.guard(); // it has maps of its own from its first use on
      sensors.counters();
      sensors.mapUse();
      sensors.failures();
      sensors.instanceOf(1n);
      sensors.seenOf(2, 1);
      const before = open();
      for (let asked = 0; asked < 100; asked++) {
        sensors.counters();
        sensors.mapUse();
        sensors.failures();
        sensors.instanceOf(1n);
        sensors.seenOf(2, 1);
      }
      expect(open()).toBe(before);
      sensors.close();
    };
    await askedAll(); // what is opened once, and stays
    const before = open();
    for (let starts = 0; starts < 3; starts++) await askedAll();
    expect(open()).toBe(before);
  });

  test("leave nothing when they cannot start", async () => {
    const wrong = { ...hierarchy, mountPoint: "/nowhere" };
    await expect(sense({ hierarchy: wrong })).rejects.toThrow("/nowhere");
    expect(heldOfBpf()).toEqual([]);
  });

  test("go on with the next best where the kernel refuses what it promised", async () => {
    const it = await sense({
      ask: ({ kind, target }) =>
        kind === "lsm" || kind === "fmod_ret" || kind === "fentry" || kind === "fexit"
          ? target.endsWith("file_open")
            ? undefined
            : "not asked for"
          : undefined,
      facetsOff: ["bpf", "module", "io_uring", "capability"],
    });
    const open = it.sensors.tiers().find(({ fact }) => fact === "open");
    const tried = open?.refused.map(({ tier }) => tier) ?? [];
    // Where LSM programs load it is the LSM; elsewhere each refusal is told in the kernel's words.
    expect([...tried, open?.tier]).toEqual(
      ["lsm", "fentry", "sys_exit"].slice(0, tried.length + 1),
    );
    for (const { why } of open?.refused ?? []) expect(why).toMatch(/on_file_open/);
    const mine = cgroup();
    await mine.run("exec cat /etc/hostname");
    await it.tells("open", isOf(mine, "/etc/hostname"));
  });

  test("refuse to start where the kernel takes nothing: seeing nothing looks like peace", async () => {
    await expect(sense({ ask: () => "not today" })).rejects.toThrow(
      "the kernel takes none of Pahlevan's programs (not today)",
    );
  });

  test("tell who lives with all off that may be: more can come and go than there are slots", async () => {
    const spare = 20; // others on this host may come, too
    const instances = (await slotsTaken()) + spare;
    const it = await sense({ instances, facetsOff: facetsThatMayBeOff });
    for (let came = 0; came < 2 * spare; came++) {
      const one = cgroup();
      await one.run("exec uname");
      const exec = await it.tells("exec", isOf(one, "/uname"));
      expect(exec.instance).not.toBe(0);
      await one.remove();
      const end = await it.tells("instance_end", ({ cgroupId }) => cgroupId === one.id);
      it.sensors.retire(end.instance);
      it.sensors.sweepRetired();
    }
  });

  test("do without a facet that is off", async () => {
    const it = await sense({ facetsOff: ["file"] });
    expect(it.sensors.tiers().map(({ fact }) => fact)).not.toContain("open");
    const mine = cgroup();
    await mine.run("exec cat /etc/hostname");
    await it.tells("exec", isOf(mine, "/cat"));
    it.sensors.stop();
    expect(it.told("open")).toEqual([]);
  });
});
