/** A real Docker Engine or podman of the test's own: private root, state and socket. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PATIENCE_MS } from "../../patience.ts";
import { removeCgroup, removeIfEmpty } from "./cgroups.ts";
import { run } from "./command.ts";
import { enginePrograms, type EnginePrograms } from "./engine-programs.ts";
import { makeRootfs } from "./rootfs.ts";

export type EngineName = "docker" | "podman";

/** The image that the engine has, as its user names it. */
export const engineImage = "registry.test/team/busybox:1";

export interface EngineContainer {
  readonly id: string;
  /** Within every hierarchy: where the engine puts it when nobody says where. */
  readonly cgroup: string;
}

export interface EngineContainerOptions {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** For the command line, before the image's name. */
  readonly flags?: readonly string[];
}

export class Engine implements AsyncDisposable {
  readonly name: EngineName;
  readonly socketPath: string;
  readonly #folder: string;
  readonly #programs: EnginePrograms;
  readonly #service: ChildProcess;
  readonly #containers: EngineContainer[] = [];

  private constructor(name: EngineName, folder: string, programs: EnginePrograms) {
    this.name = name;
    this.#folder = folder;
    this.#programs = programs;
    this.socketPath = join(folder, "engine.sock");
    const log = openSync(join(folder, "log"), "a");
    const [program, args] = name === "docker" ? this.#dockerd() : this.#podmanService();
    this.#service = spawn(programs.path(program), args, {
      env: { ...process.env, ...this.#env },
      stdio: ["ignore", log, log],
    });
  }

  static async start(name: EngineName): Promise<Engine> {
    const folder = await mkdtemp(join(tmpdir(), `pahlevan-${name}-`));
    await mkdir(join(folder, "hooks"));
    await writeFile(join(folder, "daemon.json"), "{}");
    await writeFile(join(folder, "policy.json"), JSON.stringify(acceptsAnything));
    const programs = await enginePrograms();
    const conmon = [`conmon_path = ["${programs.path("conmon")}"]`, `events_logger = "file"`];
    // Without CAP_SYS_RESOURCE a limit cannot be raised.
    const limits = [`default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]`];
    const settings = ["[containers]", ...limits, "[engine]", `cgroup_manager = "cgroupfs"`];
    await writeFile(join(folder, "containers.conf"), [...settings, ...conmon, ""].join("\n"));
    const engine = new Engine(name, folder, programs);
    try {
      await engine.#ready();
      await engine.#import();
    } catch (error) {
      await engine[Symbol.asyncDispose]();
      throw error;
    }
    return engine;
  }

  /** The file in which podman keeps its list; only podman has one. */
  get storageFile(): string {
    return join(this.#folder, "root/vfs-containers/containers.json");
  }

  /** Where Docker has its runtime keep the state of its containers. */
  get ociState(): string {
    return join(this.#folder, "exec/runtime-runc/moby");
  }

  /** What podman reads as hooks of each container: Docker has no such thing. */
  get hooksFolder(): string {
    return join(this.#folder, "hooks");
  }

  /** Runs a container in the background. */
  async run(options: EngineContainerOptions): Promise<EngineContainer> {
    const { name, labels = {}, args = ["sleep", "1000"], flags = [] } = options;
    const said = await this.#ask(
      ...["run", "--detach", "--network=none", `--name=${name}`, "--stop-timeout=0"],
      ...Object.entries(labels).map(([key, value]) => `--label=${key}=${value}`),
      ...[...flags, engineImage, ...args],
    );
    const id = said.trim().split("\n").at(-1) ?? "";
    const cgroup = this.name === "docker" ? `/docker/${id}` : `/libpod_parent/libpod-${id}`;
    const container = { id, cgroup };
    this.#containers.push(container);
    return container;
  }

  /** Its first process has ended. */
  async ended({ id }: EngineContainer): Promise<void> {
    await this.#ask("wait", id);
  }

  async rename(name: string, to: string): Promise<void> {
    await this.#ask("rename", name, to);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { id } of this.#containers) await this.#ask("rm", "--force", id);
    await this.#stop();
    for (const { cgroup } of this.#containers) await removeCgroup(cgroup);
    // Where podman keeps who watches over its containers.
    if (this.name === "podman") await removeCgroup("/libpod_parent/conmon");
    removeIfEmpty(this.name === "docker" ? "/docker" : "/libpod_parent");
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #stop(): Promise<void> {
    if (this.#service.exitCode !== null || this.#service.signalCode !== null) return;
    const exited = once(this.#service, "exit");
    this.#service.kill("SIGTERM");
    await exited;
  }

  get #env(): Readonly<Record<string, string>> {
    return { ...this.#programs.env, CONTAINERS_CONF: join(this.#folder, "containers.conf") };
  }

  #dockerd(): [string, string[]] {
    const at = (name: string) => join(this.#folder, name);
    const places = [`--data-root=${at("root")}`, `--exec-root=${at("exec")}`];
    const files = [`--pidfile=${at("pid")}`, `--config-file=${at("daemon.json")}`];
    // Nothing of the machine's network is touched.
    const network = ["--bridge=none", "--iptables=false", "--ip-masq=false"];
    const rest = [`--host=unix://${this.socketPath}`, "--storage-driver=vfs", "--log-level=warn"];
    return ["dockerd", [...places, ...files, ...network, ...rest]];
  }

  #podmanService(): [string, string[]] {
    return [
      "podman",
      [...this.#podman, "system", "service", "-t", "0", `unix://${this.socketPath}`],
    ];
  }

  get #podman(): string[] {
    const at = (name: string) => join(this.#folder, name);
    const places = [`--root=${at("root")}`, `--runroot=${at("run")}`, `--tmpdir=${at("tmp")}`];
    const rest = ["--storage-driver=vfs", "--runtime=/usr/sbin/runc"];
    return [...places, ...rest, `--hooks-dir=${this.hooksFolder}`];
  }

  #ask(...args: readonly string[]): Promise<string> {
    const own = this.name === "docker" ? ["--host", `unix://${this.socketPath}`] : this.#podman;
    return run(this.#programs.path(this.name), [...own, ...args], { env: this.#env });
  }

  /** As its first image: nothing is pulled. */
  async #import(): Promise<void> {
    const rootfs = join(this.#folder, "rootfs");
    const tar = join(this.#folder, "image.tar");
    await makeRootfs(rootfs);
    await run("tar", ["-C", rootfs, "-cf", tar, "."]);
    const policy = `--signature-policy=${join(this.#folder, "policy.json")}`;
    await this.#ask("import", ...(this.name === "podman" ? [policy] : []), tar, engineImage);
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await answers(this.socketPath))) {
      if (this.#service.exitCode !== null || Date.now() > deadline) {
        const log = await readFile(join(this.#folder, "log"), "utf8");
        throw new Error(`${this.name} did not start; it said:\n${log.slice(-4000)}`);
      }
      await delay(50); // A program that is starting has nothing to wait on but its socket.
    }
  }
}

const acceptsAnything = { default: [{ type: "insecureAcceptAnything" }] };

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request({ socketPath, path: "/_ping" }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on("error", () => resolve(false));
    call.end();
  });
}
