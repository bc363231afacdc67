/** A real container whose only process waits to be told what to do, and then does just that. */
import { constants, copyFileSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { dirname, join } from "node:path";
import { run } from "../../stack/containers/command.ts";
import { OciContainer } from "../../stack/containers/oci-container.ts";
import { buildAct } from "./build.ts";

export interface BoxOptions {
  /** Files in it, by path, before it starts; a name that ends in "/" is a directory. */
  readonly files?: Readonly<Record<string, string>>;
}

/** What privileged workloads are given. The acts of a test include such. */
const moreCapabilities = ["ADMIN", "PTRACE", "MODULE", "NICE"]
  .map((name) => `CAP_SYS_${name}`)
  .concat("CAP_BPF", "CAP_PERFMON");

export class Box {
  readonly container: OciContainer;
  readonly #requests: Socket;
  readonly #answers: Socket;
  #waiting: ((status: number) => void)[] = [];

  static async start({ files = {} }: BoxOptions = {}): Promise<Box> {
    const act = await buildAct();
    const args = ["/bin/act", "serve", "/run/requests", "/run/answers"];
    const pipes = (rootfs: string) =>
      ["requests", "answers"].map((name) => `${rootfs}/run/${name}`);
    const furnish = async (rootfs: string) => {
      copyFileSync(act, join(rootfs, "bin/act"));
      place(files, rootfs);
      await run("mkfifo", pipes(rootfs));
    };
    const container = await OciContainer.create({ args, moreCapabilities, furnish });
    try {
      const [requests = "", answers = ""] = pipes(container.rootfs);
      const box = new Box(container, pipe(requests, "writable"), pipe(answers, "readable"));
      await container.start();
      return box;
    } catch (error) {
      await container.remove();
      throw error;
    }
  }

  private constructor(container: OciContainer, requests: Socket, answers: Socket) {
    this.container = container;
    this.#requests = requests;
    this.#answers = answers;
    let text = "";
    answers.setEncoding("utf8").on("data", (more: string) => {
      const lines = (text + more).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) this.#waiting.shift()?.(Number(line));
    });
  }

  /** Does these steps in a process of its own; its wait status. */
  do(...words: readonly (string | Buffer)[]): Promise<number> {
    const line = Buffer.concat(words.flatMap((word) => [Buffer.from(word), Buffer.alloc(1)]));
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(line.length);
    const done = new Promise<number>((resolve) => this.#waiting.push(resolve));
    this.#requests.write(Buffer.concat([bytes, line]));
    return done;
  }

  /** The same; steps that fail are an error. */
  async must(...words: readonly (string | Buffer)[]): Promise<void> {
    const status = await this.do(...words);
    if (status !== 0) throw new Error(`act ${words.join(" ")}: wait status ${status}`);
  }

  async remove(): Promise<void> {
    this.#requests.destroy();
    this.#answers.destroy();
    await this.container.remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }
}

/** Opened for both directions, so that neither side waits for the other to open its end. */
function pipe(path: string, use: "readable" | "writable"): Socket {
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  return new Socket({ fd, readable: use === "readable", writable: use === "writable" });
}

function place(files: Readonly<Record<string, string>>, rootfs: string): void {
  for (const [path, content] of Object.entries(files)) {
    const at = join(rootfs, path);
    mkdirSync(path.endsWith("/") ? at : dirname(at), { recursive: true });
    if (!path.endsWith("/")) writeFileSync(at, content);
  }
}
