/** Whose fact it is: nested cgroups, what starts while the agent does, an agent that is killed. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import { findHierarchy } from "@pahlevan/agent/workload/hierarchy.ts";
import type { KernelEvent } from "@pahlevan/core/behaviour/event.ts";
import { describe, expect, test } from "vitest";
import { PATIENCE_MS } from "../patience.ts";
import { ownCgroup, removeCgroup } from "../stack/containers/cgroups.ts";
import { attempt, missing, run } from "../stack/containers/command.ts";
import { Box } from "./stage/box.ts";
import { buildAct } from "./stage/build.ts";
import { Cell } from "./stage/cell.ts";
import { Watch } from "./stage/watch.ts";

const reason = await missing("runc", "gcc", "busybox", "mkfifo");
const because = reason === undefined ? "" : ` (${reason})`;

describe.skipIf(reason !== undefined)(`instances${because}`, () => {
  test("what happens in a cgroup below a container's is the container's", async () => {
    await using watch = await Watch.start();
    await using box = await Box.start();
    const { slot } = await watch.instanceOf(box.container.cgroup);
    await using inner = await Cell.make(watch.hierarchy, `${box.container.cgroup}/inner`);
    await inner.run("open", "/etc/hostname", "r");
    const id = watch.cgroupId(inner.cgroup);
    await watch.until("fact of the inner cgroup", (events) =>
      events.find((event) => event.cgroupId === id && isOpenOf(event, "/etc/hostname")),
    );
    const inside = watch.events.filter(({ cgroupId }) => cgroupId === id);
    expect(inside.map(({ instance }) => instance)).toEqual(inside.map(() => slot));
    expect(inside.map(({ detail }) => detail.kind)).not.toContain("instance_start");
  });

  test("the end of a container is told, after all that it did", async () => {
    await using watch = await Watch.start();
    const box = await Box.start({ files: { "/data/last": "" } });
    const id = watch.cgroupId(box.container.cgroup);
    await box.must("open", "/data/last", "r");
    await box.remove();
    await watch.until("end of the container", (events) =>
      events.find(({ detail, cgroupId }) => detail.kind === "instance_end" && cgroupId === id),
    );
    const facts = watch.events.filter(({ cgroupId }) => cgroupId === id);
    expect(facts[0]?.detail.kind).toBe("instance_start");
    expect(facts.at(-1)?.detail.kind).toBe("instance_end");
    expect(facts.some((fact) => isOpenOf(fact, "/data/last"))).toBe(true);
  });

  test("of what starts while the agent starts, no fact is nobody's", async () => {
    await using services = await Services.start();
    for (let attempts = 0; attempts < 5; attempts++) {
      await using watch = await Watch.start();
      const isService = ({ detail }: KernelEvent) =>
        (detail.kind === "instance_start" || detail.kind === "instance_end") &&
        detail.cgroup.value.startsWith(`${services.cgroup}/`);
      await watch.until("ten services", (events) =>
        events.filter(isService).length >= 20 ? true : undefined,
      );
      watch.sensors.stop();

      expect(watch.events.filter(({ instance }) => instance === 0)).toEqual([]);
      const complete = watch.events
        .filter((event) => isService(event) && event.detail.kind === "instance_end")
        .map(({ cgroupId }) => watch.events.filter((event) => event.cgroupId === cgroupId));
      expect(complete.length).toBeGreaterThan(5);
      for (const facts of complete) {
        expect(facts[0]?.detail.kind).toBe("instance_start");
        expect(new Set(facts.map(({ instance }) => instance)).size).toBe(1);
        // Watched from the start: then its first exec was seen, and all that came after. Only the
        // shell that was yet to become it may have been found running.
        if (facts[0]?.flags.includes("adopted")) continue;
        const execs = facts.filter(({ detail }) => detail.kind === "exec");
        const found = execs.filter(({ flags }) => flags.includes("adopted"));
        expect(found.filter(({ flags }) => !flags.includes("setup"))).toEqual([]);
        const [exec] = execs.filter((fact) => !found.includes(fact));
        expect(exec?.process?.args?.[1]?.value).toBe("open");
        expect(facts.some((fact) => isOpenOf(fact, services.folder))).toBe(true);
      }
    }
  });
});

describe.skipIf(reason !== undefined)(`what sets an instance up${because}`, () => {
  const open = ["open", "/etc/hostname", "r"];
  /** Which of its execs and opens count as set-up: a program's, then those of one that it runs. */
  async function setUpBy(folder: string, name: string, isRemoved: boolean): Promise<string[]> {
    const act = await buildAct();
    const program = join(folder, name);
    copyFileSync(act, program);
    await using watch = await Watch.start();
    const cell = await Cell.make(watch.hierarchy);
    const enter = `
      exec 9<"$1" && if ${isRemoved}; then rm "$1"; set -- "$1" /proc/self/fd/9; else set -- "$1" "$1"; fi
      echo $$ > "$0" && exec "$2" ${[...open, "then", "exec", act, ...open].join(" ")}`;
    const procs = `${watch.hierarchy.mountPoint}${cell.cgroup}/cgroup.procs`;
    await run("sh", ["-c", enter, procs, program]);
    const id = watch.cgroupId(cell.cgroup);
    await removeCgroup(cell.cgroup);
    await watch.until("end of the cgroup", (events) =>
      events.find(({ detail, cgroupId }) => detail.kind === "instance_end" && cgroupId === id),
    );
    return watch.events
      .filter((event) => event.cgroupId === id)
      .filter((event) => event.detail.kind === "exec" || isOpenOf(event, "/etc/hostname"))
      .map(({ detail, flags }) => `${detail.kind}${flags.includes("setup") ? " in set-up" : ""}`);
  }

  test("the program of a process that comes in while it begins to run it", async () => {
    const act = await buildAct();
    await using watch = await Watch.start();
    const ids = new Set<bigint>();
    const ofCells = () => watch.events.filter(({ cgroupId }) => ids.has(cgroupId));
    const isOfSetup = ({ flags }: KernelEvent) => flags.includes("setup");
    const someBeganOutside = () =>
      ofCells().some((event) => event.detail.kind === "exec" && isOfSetup(event));
    // Some of the moves come while it begins to run itself again: one in ten, and at least one.
    for (let times = 0; times < 50 || !someBeganOutside(); times++) {
      await using cell = await Cell.make(watch.hierarchy);
      ids.add(watch.cgroupId(cell.cgroup));
      const procs = `${watch.hierarchy.mountPoint}${cell.cgroup}/cgroup.procs`;
      await run(act, ["exec-moved", procs, act, "exec-until-moved", act, ...open]);
    }
    await watch.until("end of all", () => {
      const ended = ofCells().filter(({ detail }) => detail.kind === "instance_end");
      return ended.length === ids.size || undefined;
    });
    const execs = ofCells().filter(({ detail }) => detail.kind === "exec");
    // Of each its first program from its beginning on, and in some one that began outside.
    expect(execs.filter((exec) => !isOfSetup(exec))).toHaveLength(ids.size);
    expect(
      ofCells()
        .filter((event) => isOpenOf(event, "/etc/hostname"))
        .filter(isOfSetup),
    ).toEqual([]);
  });

  // The same open by the same workload is one fact; set-up has a memory of its own.
  const runtime = ["exec in set-up", "open in set-up", "exec", "open"];
  test.for([
    ["a file without a name, as runc makes one of itself", "copy", true, runtime],
    ["systemd's executor", "systemd-executor", false, runtime],
    ["no other program", "program", false, ["exec", "open", "exec"]],
  ] as const)("%s", async ([, name, isRemoved, expected]) => {
    const folder = mkdtempSync(join(tmpdir(), "pahlevan-set-up-"));
    try {
      expect(await setUpBy(folder, name, isRemoved)).toEqual(expected);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe.skipIf(reason !== undefined)(`an agent that is killed${because}`, () => {
  test("leaves no program behind, and its successor adopts what runs", async () => {
    await using box = await Box.start({ files: { "/data/while-blind": "", "/data/after": "" } });
    const agent = spawn(process.execPath, ["--input-type=module", "--eval", watchUntilKilled], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const said: unknown[] = await once(createInterface({ input: agent.stdout }), "line");
    const programs = said.join().split(" ");
    expect(programs.length).toBeGreaterThan(10);
    expect(await alive(programs)).toEqual(programs);
    agent.kill("SIGKILL");
    await once(agent, "close");
    await untilGone(programs);

    await box.must("open", "/data/while-blind", "r");
    await using watch = await Watch.start();
    const id = watch.cgroupId(box.container.cgroup);
    const [start, exec] = watch.events.filter(({ cgroupId }) => cgroupId === id);
    expect(start?.detail.kind).toBe("instance_start");
    expect(start?.flags).toContain("adopted");
    expect(exec?.detail).toMatchObject({ kind: "exec", path: { value: "/bin/act" } });
    expect(exec?.flags).toContain("adopted");
    await box.must("open", "/data/after", "r");
    const fact = await watch.until("fact after the restart", (events) =>
      events.find((event) => isOpenOf(event, "/data/after")),
    );
    expect(fact.instance).toBe(start?.instance);
    expect(watch.sensors.instance(fact.instance)?.fromStart).toBe(false);
  });
});

/** One little service after the other, each in a cgroup of its own from its first exec on. */
class Services {
  readonly cgroup = ownCgroup();
  /** What each of them opens. */
  readonly folder = mkdtempSync(join(tmpdir(), "pahlevan-services-"));
  #loops: readonly ChildProcess[] = [];

  static async start(): Promise<Services> {
    const services = new Services();
    const { mountPoint } = await findHierarchy();
    const [place, act] = [`${mountPoint}${services.cgroup}`, await buildAct()];
    mkdirSync(place);
    const script = `
      while [ ! -e "${services.folder}/end" ]; do
        mkdir "$0"
        sh -c 'echo $$ > "$0/cgroup.procs" && exec "$@"' "$0" "${act}" open "${services.folder}" d
        # Where processes leave their cgroup only after their parent has heard of their end.
        until rmdir "$0" 2>/dev/null || [ -e "${services.folder}/end" ]; do sleep 0.01; done
      done`;
    services.#loops = ["a", "b"].map((name) =>
      spawn("sh", ["-c", script, `${place}/${name}`], { stdio: "inherit" }),
    );
    return services;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.#loops.map((loop) => once(loop, "close"));
    writeFileSync(join(this.folder, "end"), "");
    await Promise.all(ended);
    await removeCgroup(this.cgroup);
    rmSync(this.folder, { recursive: true });
  }
}

/** An agent's sensors in a process of their own: prints its programs' ids, and stays. */
const watchUntilKilled = `
  import { Watch } from "${pathToFileURL(join(import.meta.dirname, "stage/watch.ts")).href}";
  const { sensors } = await Watch.start();
  console.log(sensors.programs().map(({ id }) => id).join(" "));
`;

function isOpenOf({ detail }: KernelEvent, path: string): boolean {
  return detail.kind === "open" && detail.path.value === path;
}

/** Which of these programs the kernel still has. */
async function alive(programs: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const id of programs) {
    const { code } = await attempt("bpftool", ["prog", "show", "id", id]);
    if (code === 0) found.push(id);
  }
  return found;
}

/** The kernel frees programs on its own time, and tells nobody. */
async function untilGone(programs: readonly string[]): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const left = await alive(programs);
    if (left.length === 0) return;
    if (Date.now() > deadline) throw new Error(`programs ${left.join(" ")} outlive their agent`);
    await delay(20);
  }
}
