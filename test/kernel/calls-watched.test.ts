/** The running agent watches system calls while somebody needs it, and then no more. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Store } from "../../agent/store/store.ts";
import { findHierarchy } from "../../agent/workload/hierarchy.ts";
import { removeCgroup } from "../stack/containers/cgroups.ts";
import { learnWhole } from "./learned-whole.ts";
import { cannotSense, Up } from "./pahlevan.ts";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-calls-"));
const bpf = join(folder, "bpf");
afterAll(() => {
  spawnSync("umount", [bpf]); // of a test that was given up
  rmSync(folder, { recursive: true });
});
const known = "pahlevan-test-calls-known.service";
const unknown = "pahlevan-test-calls-unknown.service";
const storing = { stateDirectory: folder, decisionsKept: 1 };

/** The newest instance of it, as it is stored, and what it was seen to call. */
function storedOf(workload: string) {
  using store = Store.openExisting(storing);
  const profile = store?.profiles.read({ namespace: "host", workload })?.profile;
  const instances = [...(profile?.instances.entries.values() ?? [])];
  return {
    newest: instances.toSorted((a, b) => a.startedMs - b.startedMs).at(-1),
    calls: [...(profile?.facets.syscall.entries.keys() ?? [])],
  };
}

/** In its cgroup at once, as by a runtime; its program begins when it is told to. */
class Service implements AsyncDisposable {
  readonly #name: string;
  readonly #folder: string;
  readonly #process: ReturnType<typeof spawn>;

  constructor(mountPoint: string, name: string) {
    this.#name = name;
    this.#folder = join(mountPoint, name);
    mkdirSync(this.#folder, { recursive: true });
    const enter = 'echo 0 > "$0/cgroup.procs" && read -r line && exec sleep 1000';
    this.#process = spawn("sh", ["-c", enter, this.#folder]);
  }

  run(): void {
    this.#process.stdin?.write("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, "close");
    this.#process.kill("SIGKILL");
    await ended;
    await removeCgroup(`/${this.#name}`);
  }
}

/** Names of programs by the links that the process holds. */
function attached(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8");
      const [, id] = /^link_type[^]*^prog_id:\s*(\d+)/m.exec(info) ?? [];
      if (id === undefined) return [];
      const shown = execFileSync("bpftool", ["prog", "show", "id", id], { encoding: "utf8" });
      return /name (\S+)/.exec(shown)?.[1] ?? [];
    } catch {
      return []; // closed meanwhile
    }
  });
}

const policy = (syscalls: string) => `
apiVersion: policy.pahlevan.io/v1alpha1
kind: PahlevanPolicy
metadata: {name: calls}
spec:
  selector: {matchLabels: {pahlevan.io/unit: ${known}}}
  learning: {enabled: false}
  enforcement: {mode: enforce, syscalls: ${syscalls}}
`;

describe.skipIf(cannotSense !== undefined)(`system calls (${cannotSense ?? "as root"})`, () => {
  it("are watched until what everybody calls is learned, and again for who is new", async () => {
    const { mountPoint } = await findHierarchy();
    learnWhole(storing, known);
    await using up = await Up.start(["--state-directory", folder, "--save-interval", "1s"]);
    const pid = up.process.pid ?? 0;
    expect(attached(pid)).toContain("on_sys_enter");
    await up.metric(/^pahlevan_syscalls_watched 0$/m);
    await up.says(/system calls are watched no more/);
    const without = attached(pid);
    expect(without).not.toContain("on_sys_enter");
    expect(without.length).toBeGreaterThan(5);

    await using familiar = new Service(mountPoint, known);
    familiar.run();
    await expect.poll(() => storedOf(known).newest?.id).toMatch(/^cgroup/);
    expect(await up.get("/metrics")).toMatch(/^pahlevan_syscalls_watched 0$/m);
    const missed = () => {
      const { newest } = storedOf(known);
      return newest?.callsMissedMs === newest?.startedMs;
    };
    await expect.poll(missed).toBe(true);
    expect(storedOf(known).newest).toMatchObject({ adopted: false, lost: 0 });

    {
      await using stranger = new Service(mountPoint, unknown);
      await up.says(new RegExp(`system calls are watched: ${unknown} began`));
      stranger.run();
      await expect.poll(() => storedOf(unknown).calls).not.toEqual([]);
      expect(storedOf(unknown).newest).not.toHaveProperty("callsMissedMs");
      expect(attached(pid)).toContain("on_sys_enter");
      expect(await up.get("/metrics")).toMatch(/^pahlevan_syscalls_watched 1$/m);
    }
    await up.metric(/^pahlevan_syscalls_watched 0$/m);
  });

  it("are watched before a policy looks at them, also when the agent is gone", async () => {
    const { mountPoint } = await findHierarchy();
    const file = join(folder, "policy.yaml");
    const pins = join(bpf, "pahlevan");
    mkdirSync(bpf);
    execFileSync("mount", ["-t", "bpf", "bpf", bpf]);
    writeFileSync(file, policy("{}"));
    learnWhole(storing, known);
    try {
      const args = ["--policy", file, "--pin-directory", pins, "--state-directory", folder];
      await using up = await Up.start([...args, "--save-interval", "1s"]);
      await using familiar = new Service(mountPoint, known);
      familiar.run();
      const [own = ""] = readdirSync(pins);
      const pin = join(pins, own, "on_sys_enter");
      await up.metric(/^pahlevan_syscalls_watched 0$/m);
      expect(attached(up.process.pid ?? 0)).not.toContain("on_sys_enter");
      expect(existsSync(join(pins, own, "on_exec"))).toBe(true);
      expect(existsSync(pin)).toBe(false);
      writeFileSync(file, policy("{deniedSyscalls: [sched_rr_get_interval]}"));
      await up.says(/system calls are watched: a policy looks at them/);
      expect(existsSync(pin)).toBe(true);
      expect(await up.get("/metrics")).toMatch(/^pahlevan_syscalls_watched 1$/m);
      writeFileSync(file, policy("{}"));
      await up.metric(/^pahlevan_syscalls_watched 0$/m);
      expect(existsSync(pin)).toBe(false);
    } finally {
      execFileSync("umount", [bpf]);
    }
  });
});
