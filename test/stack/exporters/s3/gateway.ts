/** A real S3 gateway over a folder (Versity's), for one test. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goProgram, goProgramMissing } from "../../go-program.ts";
import { freePort } from "../../../../agent/cli/demo/free-port.ts";

export const gatewayMissing = () => goProgramMissing("exporters/s3/s3-gateway");

/** It is built first, where it is not there yet: within BUILT_WITHIN_MS. */
export const gatewayProgram = () => goProgram("exporters/s3/s3-gateway");

/** Of the one account. */
export const account = { "access-key": "pahlevan", "secret-key": "its/Secret+key" };

export class Gateway implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "s3-gateway-"));
  readonly port: number;
  #process: ChildProcess | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(...buckets: readonly string[]): Promise<Gateway> {
    const gateway = new Gateway(await freePort("127.0.0.1"));
    for (const bucket of buckets) mkdirSync(join(gateway.#folder, bucket));
    await gateway.restart();
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async restart(): Promise<void> {
    const { "access-key": ACCESS_KEY, "secret-key": SECRET_KEY } = account;
    const program = await gatewayProgram();
    const started = spawn(program, [this.#folder, `127.0.0.1:${this.port}`], {
      env: { ...process.env, ACCESS_KEY, SECRET_KEY },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#process = started;
    await Promise.race([
      once(started.stdout, "data"),
      once(started, "exit").then(() => Promise.reject(new Error("the gateway has ended"))),
    ]);
  }

  async stop(): Promise<void> {
    if (this.#process === undefined) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await ended;
    this.#process = undefined;
  }

  /** What it keeps, by name. */
  objects(bucket: string): Map<string, Buffer> {
    const root = join(this.#folder, bucket);
    const names = readdirSync(root, { recursive: true, encoding: "utf8" });
    const kept = names.filter((name) => statSync(join(root, name)).isFile());
    return new Map(kept.map((name) => [name, readFileSync(join(root, name))]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
