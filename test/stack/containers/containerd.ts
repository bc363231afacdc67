/** A real containerd of the test's own: private root, state and socket; its containers by `ctr`. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { callUnary } from "@pahlevan/agent/workload/runtimes/grpc.ts";
import { PATIENCE_MS } from "../../patience.ts";
import { ownCgroup, removeCgroup, removeIfEmpty } from "./cgroups.ts";
import { attempt, run } from "./command.ts";
import { containerdPrograms } from "./containerd-build.ts";
import type { ContainerdVersion } from "./containerd-build.ts";
import { makeImage } from "./oci-image.ts";

export interface CtrContainerOptions {
  readonly namespace: string;
  readonly id: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** By default /NAMESPACE/ID, as `ctr` does it. */
  readonly cgroup?: string;
  readonly args?: readonly string[];
}

export interface CtrContainer {
  readonly pid: number;
  readonly cgroup: string;
  exec(...args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** The image that every namespace gets. */
export const testImage = "registry.test/team/busybox:1";

export class Containerd {
  readonly socketPath: string;
  /** Where the OCI runtime's state of each namespace is, as /run/containerd/runc is on a host. */
  readonly ociState: string;
  /** Parent for cgroups; removed with everything below it. */
  readonly cgroup = ownCgroup();
  readonly #folder: string;
  readonly #programs: string;
  readonly #process: ChildProcess;
  readonly #removals: (() => Promise<void>)[] = [];
  readonly #imported = new Set<string>();

  private constructor(folder: string, programs: string, child: ChildProcess) {
    this.#folder = folder;
    this.#programs = programs;
    this.#process = child;
    this.socketPath = join(folder, "c.sock");
    this.ociState = "/run/containerd/runc";
  }

  static async start(version: ContainerdVersion = "2.4.2"): Promise<Containerd> {
    const programs = await containerdPrograms(version);
    const folder = await mkdtemp(join(tmpdir(), "pahlevan-ctd-"));
    await writeFile(join(folder, "config.toml"), configOf(folder, version));
    const log = openSync(join(folder, "log"), "a");
    const child = spawn(join(programs, "containerd"), ["--config", join(folder, "config.toml")], {
      // The shim is found by PATH.
      env: { ...process.env, PATH: `${programs}:${process.env["PATH"] ?? ""}` },
      stdio: ["ignore", log, log],
    });
    const containerd = new Containerd(folder, programs, child);
    try {
      await containerd.#ready();
    } catch (error) {
      await containerd.stop();
      throw error;
    }
    return containerd;
  }

  /** Runs a container in the background from the busybox image. */
  async run(options: CtrContainerOptions): Promise<CtrContainer> {
    const { namespace, id } = options;
    const cgroup = options.cgroup ?? `/${namespace}/${id}`;
    await this.importImage(namespace);
    const flags = [
      ...Object.entries(options.labels ?? {}).map(([key, value]) => `--label=${key}=${value}`),
      ...Object.entries(options.annotations ?? {}).map(
        ([key, value]) => `--annotation=${key}=${value}`,
      ),
      ...(options.cgroup === undefined ? [] : [`--cgroup=${options.cgroup}`]),
    ];
    const remove = async () => {
      await this.#try(namespace, "task", "kill", "--signal=KILL", "--all", id);
      await this.#try(namespace, "task", "delete", "--force", id);
      await this.#try(namespace, "container", "delete", id);
      await removeCgroup(cgroup);
      removeIfEmpty(`/${namespace}`);
    };
    this.#removals.push(remove);
    // The native snapshotter works on any file system, the tests' overlays included.
    const args = [
      "run",
      "--detach",
      "--snapshotter=native",
      ...flags,
      testImage,
      id,
      ...(options.args ?? []),
    ];
    await run(
      join(this.#programs, "ctr"),
      ["--address", this.socketPath, "--namespace", namespace, ...args],
      {},
    );
    const tasks = await this.#ctr(namespace, "task", "list");
    const pid = Number(
      tasks
        .split("\n")
        .map((line) => line.split(/\s+/))
        .find(([name]) => name === id)?.[1],
    );
    let execs = 0;
    return {
      pid,
      cgroup,
      exec: (...command) =>
        this.#ctr(namespace, "task", "exec", `--exec-id=e${execs++}`, id, ...command),
      remove,
    };
  }

  /** Ends every container and containerd itself; nothing of either stays. */
  async stop(): Promise<void> {
    for (const remove of this.#removals.splice(0).toReversed()) await remove();
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, "exit");
      this.#process.kill("SIGTERM");
      await exited;
    }
    await removeCgroup(this.cgroup);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The image of this test's, in a namespace; `run` does it by itself. */
  async importImage(namespace: string): Promise<void> {
    if (this.#imported.has(namespace)) return;
    this.#imported.add(namespace);
    const tar = join(this.#folder, "image.tar");
    if (this.#imported.size === 1)
      await makeImage(tar, testImage, { "org.opencontainers.image.vendor": "test" });
    await this.#ctr(namespace, "images", "import", "--no-unpack", tar);
  }

  async #ctr(namespace: string, ...args: readonly string[]): Promise<string> {
    return run(join(this.#programs, "ctr"), [
      "--address",
      this.socketPath,
      "--namespace",
      namespace,
      ...args,
    ]);
  }

  /** For clean-up: what is gone already is fine. */
  async #try(namespace: string, ...args: readonly string[]): Promise<void> {
    await attempt(join(this.#programs, "ctr"), [
      "--address",
      this.socketPath,
      "--namespace",
      namespace,
      ...args,
    ]);
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await callUnary({
        socketPath: this.socketPath,
        method: "containerd.services.version.v1.Version/Version",
        request: new Uint8Array(),
        signal: AbortSignal.timeout(5000),
      }).catch(() => undefined);
      if (answer !== undefined) return;
      if (this.#process.exitCode !== null || Date.now() > deadline) {
        const log = await readFile(join(this.#folder, "log"), "utf8");
        throw new Error(`containerd did not start; it said:\n${log.slice(-4000)}`);
      }
      await delay(50); // A program that is starting has nothing to wait on but its socket.
    }
  }
}

function configOf(folder: string, version: ContainerdVersion): string {
  const debian = version === "debian";
  return [
    `version = ${debian ? 2 : 3}`,
    `root = "${folder}/root"`,
    `state = "${folder}/state"`,
    `[grpc]`,
    `  address = "${folder}/c.sock"`,
    // Lowering an OOM score takes CAP_SYS_RESOURCE.
    debian ? `[plugins."io.containerd.grpc.v1.cri"]` : `[plugins."io.containerd.cri.v1.runtime"]`,
    `  restrict_oom_score_adj = true`,
    ...(debian
      ? [`  sandbox_image = "${testImage}"`, `  [plugins."io.containerd.grpc.v1.cri".containerd]`]
      : [
          `[plugins."io.containerd.cri.v1.images".pinned_images]`,
          `  sandbox = "${testImage}"`,
          `[plugins."io.containerd.cri.v1.images"]`,
        ]),
    `    snapshotter = "native"`,
    ...(debian
      ? []
      : [`[plugins."io.containerd.nri.v1.nri"]`, `  socket_path = "${folder}/nri.sock"`]),
    "",
  ].join("\n");
}
