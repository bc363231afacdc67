/** One replica of the shop: a container of runc, in a cgroup of its own, on this host's network. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.ts";
import { asPart } from "./parts.ts";
import { webConfiguration } from "./program.ts";
import { containerPrefix, image, shop, type Replica } from "./words.ts";

export interface ContainerOptions {
  readonly replica: Replica;
  /** Where it listens: HOST:PORT. */
  readonly address: string;
  /** Shared by all: they only read it. */
  readonly rootfs: string;
  /** Of its own, for its bundle. */
  readonly folder: string;
  /** Of the demo that it is part of. */
  readonly mark: string;
}

/** Whether it is there or not. */
export async function removeContainer(replica: Replica): Promise<void> {
  await run("runc", ["delete", "--force", idOf(replica)]);
}

const idOf = (replica: Replica) => `${containerPrefix}${replica}`;

/** In its own folder runc finds it, and so does Pahlevan: /run/runc. */
export class Container {
  readonly #id: string;
  readonly #options: ContainerOptions;

  constructor(options: ContainerOptions) {
    this.#options = options;
    this.#id = idOf(options.replica);
  }

  async start(): Promise<void> {
    const { folder, mark } = this.#options;
    await mkdir(folder);
    await writeFile(join(folder, "config.json"), JSON.stringify(this.#config()));
    const log = ["--log", join(folder, "log")];
    await run("runc", [...log, "run", "--detach", "--bundle", folder, this.#id], {
      leavesOne: true,
      environment: asPart("command", mark),
    });
  }

  #config(): object {
    const { replica, address, rootfs } = this.#options;
    const nobody = 65_534;
    return {
      ociVersion: "1.0.2",
      process: {
        terminal: false,
        user: { uid: nobody, gid: nobody },
        args: ["httpd", "-f", "-p", address, "-h", "/srv", "-c", `/${webConfiguration.path}`],
        env: ["PATH=/bin"],
        cwd: "/",
        capabilities: { bounding: [], effective: [], permitted: [] },
        noNewPrivileges: true,
      },
      root: { path: rootfs, readonly: true },
      hostname: replica,
      mounts: [
        { destination: "/proc", type: "proc", source: "proc" },
        { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["mode=755", "size=64k"] },
      ],
      annotations: {
        "com.docker.compose.service": shop,
        "org.opencontainers.image.ref.name": image,
      },
      linux: {
        namespaces: ["pid", "ipc", "uts", "mount"].map((type) => ({ type })),
        cgroupsPath: `/${this.#id}`,
      },
    };
  }
}
