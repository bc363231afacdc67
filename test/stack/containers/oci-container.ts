/**
 * A real container through runc or crun, in a cgroup of the test's own: created, started, entered,
 * killed, removed.
 */
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findHierarchy } from "@pahlevan/agent/workload/hierarchy.ts";
import { ownCgroup, removeCgroup } from "./cgroups.ts";
import { attempt, run } from "./command.ts";
import type { Output } from "./command.ts";
import { makeRootfs } from "./rootfs.ts";

export interface OciContainerOptions {
  readonly runtime?: "runc" | "crun";
  readonly id?: string;
  /** The first process; by default one that waits. */
  readonly args?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** The path of its cgroup; a made-up parent of its own by default. */
  readonly cgroup?: string;
  /** Shares the host's network, for tests that connect to a server of theirs on loopback. */
  readonly hostNetwork?: boolean;
  readonly user?: number;
  /** A seccomp profile, as the OCI runtime specification has it. */
  readonly seccomp?: object;
  readonly noNewPrivileges?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** An unpacked image, below a layer of the container's own; by default busybox, written anew. */
  readonly image?: string;
  /** The network namespace that it joins, "/proc/42/ns/net"; by default one of its own. */
  readonly network?: string;
  /** Beyond Docker's, e.g. "CAP_SYS_ADMIN". */
  readonly moreCapabilities?: readonly string[];
  /** What its runtime runs before its first process goes on: words of a command. */
  readonly createRuntimeHook?: readonly string[];
  /** Its state lies where an agent looks for it by itself. */
  readonly isFound?: boolean;
  /** Puts more into the root file system before the container is created. */
  readonly furnish?: (rootfs: string) => Promise<void>;
}

/** What Docker gives a container; a runtime keeps of it what the host's own process has. */
const capabilities = [
  "CHOWN",
  "DAC_OVERRIDE",
  "FSETID",
  "FOWNER",
  "MKNOD",
  "NET_RAW",
  "SETGID",
  "SETUID",
  "SETFCAP",
  "SETPCAP",
  "NET_BIND_SERVICE",
  "SYS_CHROOT",
  "KILL",
  "AUDIT_WRITE",
].map((name) => `CAP_${name}`);

export class OciContainer {
  readonly id: string;
  readonly runtime: "runc" | "crun";
  /** Where the runtime keeps its state: the `StateRoot` for an `ociStateSource`. */
  readonly stateRoot: string;
  /** Its root file system, from the host's side. */
  readonly rootfs: string;
  /** Within every hierarchy. */
  readonly cgroup: string;
  readonly #folder: string;
  readonly #ownParent: string | undefined;
  #pid = 0;
  #isLayered = false;

  /** Creates it: its first process waits, before its exec, for `start`. */
  static async create(options: OciContainerOptions = {}): Promise<OciContainer> {
    const folder = await mkdtemp(join(tmpdir(), "pahlevan-oci-"));
    const container = new OciContainer(folder, options);
    try {
      if (options.image === undefined) await makeRootfs(container.rootfs);
      else await container.#layer(options.image);
      await options.furnish?.(container.rootfs);
      await mkdir(container.stateRoot, { recursive: true });
      await writeFile(join(folder, "config.json"), JSON.stringify(container.#config(options)));
      await container.#create();
    } catch (error) {
      await container.remove();
      throw error;
    }
    return container;
  }

  /** Creates and starts it. */
  static async run(options: OciContainerOptions = {}): Promise<OciContainer> {
    const container = await OciContainer.create(options);
    try {
      await container.start();
    } catch (error) {
      await container.remove();
      throw error;
    }
    return container;
  }

  private constructor(folder: string, options: OciContainerOptions) {
    this.#folder = folder;
    this.runtime = options.runtime ?? "runc";
    this.id = options.id ?? `box-${randomBytes(4).toString("hex")}`;
    this.stateRoot = options.isFound ? `/run/${this.runtime}` : join(folder, "state");
    this.rootfs = join(folder, "rootfs");
    this.#ownParent = options.cgroup === undefined ? ownCgroup() : undefined;
    this.cgroup = options.cgroup ?? `${this.#ownParent}/${this.id}`;
  }

  /** The first process, in the host's numbering. */
  get pid(): number {
    return this.#pid;
  }

  async start(): Promise<void> {
    await this.#must("start", this.id);
  }

  /** Runs a command inside, to its end. */
  async exec(...args: readonly string[]): Promise<Output> {
    const [program, prefix] = await this.#invocation();
    return attempt(program, [...prefix, "exec", this.id, ...args]);
  }

  async kill(signal = "KILL"): Promise<void> {
    await this.#must("kill", this.id, signal);
  }

  /** Ends it, whatever its state, and leaves nothing behind. May be called twice. */
  async remove(): Promise<void> {
    const [program, prefix] = await this.#invocation();
    await attempt(program, [...prefix, "delete", "--force", this.id]);
    await removeCgroup(this.#ownParent ?? this.cgroup);
    if (this.#isLayered) await run("umount", [this.rootfs]);
    this.#isLayered = false;
    await rm(this.#folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }

  async #layer(image: string): Promise<void> {
    const [upper, work] = [join(this.#folder, "upper"), join(this.#folder, "work")];
    for (const each of [upper, work, this.rootfs]) await mkdir(each);
    const layers = `lowerdir=${image},upperdir=${upper},workdir=${work}`;
    await run("mount", ["-t", "overlay", "-o", layers, "overlay", this.rootfs]);
    this.#isLayered = true;
  }

  async #create(): Promise<void> {
    const pidFile = join(this.#folder, "pid");
    const log = join(this.#folder, "log");
    const [program, prefix] = await this.#invocation();
    const args = [
      ...prefix,
      `--log=${log}`,
      "create",
      "--bundle",
      this.#folder,
      "--pid-file",
      pidFile,
      this.id,
    ];
    const { code } = await attempt(program, args, { detaches: true });
    if (code !== 0) {
      const said = await readFile(log, "utf8").catch(() => "(it wrote no log)");
      throw new Error(`${this.runtime} create: exit code ${code}\n${said}`);
    }
    this.#pid = Number(await readFile(pidFile, "utf8"));
  }

  async #must(...args: readonly string[]): Promise<void> {
    const [program, prefix] = await this.#invocation();
    await run(program, [...prefix, ...args]);
  }

  /**
   * crun refuses hybrid hosts. In a mount namespace where the v2 hierarchy lies over /sys/fs/cgroup
   * it finds an ordinary v2 host.
   */
  async #invocation(): Promise<[program: string, prefix: string[]]> {
    const { mode, mountPoint } = await findHierarchy();
    const base = [this.runtime, `--root=${this.stateRoot}`];
    if (this.runtime === "runc" || mode === "v2") return [this.runtime, base.slice(1)];
    const script = 'mount --bind "$0" /sys/fs/cgroup && exec "$@"';
    return [
      "unshare",
      ["--mount", "--propagation=private", "sh", "-c", script, mountPoint, ...base],
    ];
  }

  /**
   * No resources, rlimits or OOM score: lowering those, and crun's device filter (it raises
   * RLIMIT_MEMLOCK), take CAP_SYS_RESOURCE, which the machines of this project's tests may lack.
   */
  #config(options: OciContainerOptions): object {
    const namespaces: object[] = ["pid", "ipc", "uts", "mount"].map((type) => ({ type }));
    if (!options.hostNetwork) namespaces.push({ type: "network", path: options.network });
    const user = options.user ?? 0;
    const hook = options.createRuntimeHook;
    const held = [...capabilities, ...(options.moreCapabilities ?? [])];
    return {
      ociVersion: "1.0.2",
      process: {
        terminal: false,
        user: { uid: user, gid: user },
        args: options.args ?? ["sleep", "1000000"],
        env: Object.entries({ PATH: "/bin", ...options.env }).map((each) => each.join("=")),
        cwd: "/",
        capabilities: { bounding: held, effective: held, permitted: held },
        noNewPrivileges: options.noNewPrivileges ?? false,
      },
      root: { path: this.rootfs },
      hostname: this.id.slice(0, 63),
      mounts: [
        { destination: "/proc", type: "proc", source: "proc" },
        {
          destination: "/dev",
          type: "tmpfs",
          source: "tmpfs",
          options: ["nosuid", "mode=755", "size=64k"],
        },
        {
          destination: "/tmp",
          type: "tmpfs",
          source: "tmpfs",
          options: ["nosuid", "mode=1777", "size=16m"],
        },
        {
          destination: "/dev/shm",
          type: "tmpfs",
          source: "tmpfs",
          options: ["nosuid", "mode=1777", "size=64m"],
        },
      ],
      ...(hook && {
        hooks: { createRuntime: [{ path: hook[0], args: hook, env: ["PATH=/usr/bin:/bin"] }] },
      }),
      annotations: options.annotations ?? {},
      linux: {
        namespaces,
        cgroupsPath: this.cgroup,
        ...(options.seccomp && { seccomp: options.seccomp }),
      },
    };
  }
}
