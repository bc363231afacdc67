/** A real Kafka broker of one node (KRaft, no ZooKeeper), for one test. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { cached, cacheRoot } from "../../../kernel/vm/cache.ts";
import { missing, run } from "../../containers/command.ts";
import { BUILT_WITHIN_MS } from "../../go-program.ts";
import { freePort } from "../../../../agent/cli/demo/free-port.ts";

const project = join(import.meta.dirname, "pom.xml");
const kept = `kafka-${createHash("sha256").update(readFileSync(project)).digest("hex").slice(0, 12)}`;

/** Why this machine cannot have it, or undefined where it can. */
export async function kafkaMissing(): Promise<string | undefined> {
  return existsSync(join(cacheRoot(), kept)) ? missing("java") : missing("java", "mvn");
}

/** The folder of its libraries: fetched first, where they are not there yet. */
export function kafkaLibraries(): Promise<string> {
  return cached(kept, async (into) => {
    console.log("fetching Kafka with Maven: once, a minute");
    copyFileSync(project, join(into, "pom.xml"));
    const where = `-DoutputDirectory=${into}`;
    const goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", where];
    await run("mvn", ["-q", "-B", ...goal], { cwd: into, timeoutMs: BUILT_WITHIN_MS });
  });
}

export class Broker implements AsyncDisposable {
  readonly port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), "kafka-"));
  readonly #libraries: string;
  #process: ChildProcess | undefined;

  private constructor(libraries: string, port: number) {
    this.#libraries = libraries;
    this.port = port;
  }

  /** `properties`: besides where it listens. */
  static async start(properties: Readonly<Record<string, string>> = {}): Promise<Broker> {
    const [port, controller] = [await freePort("127.0.0.1"), await freePort("127.0.0.1")];
    const broker = new Broker(await kafkaLibraries(), port);
    const all = {
      "process.roles": "broker,controller",
      "node.id": "1",
      "controller.quorum.bootstrap.servers": `127.0.0.1:${controller}`,
      listeners: `PLAINTEXT://localhost:${port},CONTROLLER://127.0.0.1:${controller}`,
      "advertised.listeners": `PLAINTEXT://localhost:${port}`,
      "controller.listener.names": "CONTROLLER",
      "log.dirs": join(broker.#folder, "log"),
      "offsets.topic.replication.factor": "1",
      "auto.create.topics.enable": "false",
      ...properties,
    };
    const text = Object.entries(all).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(broker.#config, text.join(""));
    const cluster = ["-t", "MkU3OEVBNTcwNTJENDM2Qg", "--standalone"];
    await run("java", broker.#java("kafka.tools.StorageTool", "format", ...cluster, "-c"));
    await broker.restart();
    return broker;
  }

  get address(): string {
    return `localhost:${this.port}`;
  }

  async restart(): Promise<void> {
    const started = spawn("java", this.#java("kafka.Kafka"), {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process = started;
    const said: string[] = [];
    for await (const line of createInterface(started.stderr)) {
      said.push(line);
      if (!line.includes("Kafka Server started")) continue;
      started.stderr.resume();
      return;
    }
    throw new Error(`Kafka ended before it had started:\n${said.slice(-20).join("\n")}`);
  }

  async stop(): Promise<void> {
    if (this.#process === undefined) return;
    const ended = once(this.#process, "exit");
    // Its log is on disk; a tidy end takes a single node half a minute.
    this.#process.kill("SIGKILL");
    await ended;
    this.#process = undefined;
  }

  get #config(): string {
    return join(this.#folder, "server.properties");
  }

  #java(main: string, ...args: readonly string[]): string[] {
    const small = ["-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];
    return [...small, "-cp", join(this.#libraries, "*"), main, ...args, this.#config];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
