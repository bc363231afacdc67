/**
 * A real Kubernetes API server of one test's own: built once, started in seconds, asked over TLS.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PATIENCE_MS } from "../../patience.ts";
import { goProgram, goProgramMissing, versionIn } from "../go-program.ts";

export const apiServerMissing = () => goProgramMissing("exports/api-server");

async function program(): Promise<string> {
  const version = versionIn("exports/api-server", "k8s.io/kubernetes");
  return goProgram("exports/api-server", `-X k8s.io/component-base/version.gitVersion=v${version}`);
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export class ApiServer implements AsyncDisposable {
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #token: string;
  #address = "";
  #certificate = "";

  private constructor(folder: string, path: string, token: string) {
    this.#folder = folder;
    this.#token = token;
    this.#process = spawn(path, [folder], { stdio: "ignore" });
  }

  static async start(): Promise<ApiServer> {
    const path = await program();
    const folder = await mkdtemp(join(tmpdir(), "pahlevan-api-server-"));
    const token = randomUUID();
    await mkdir(join(folder, "certificates"));
    await writeFile(join(folder, "tokens.csv"), `${token},admin,admin,"system:masters"\n`);
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" });
    await writeFile(join(folder, "accounts.key"), pem);
    const server = new ApiServer(folder, path, token);
    try {
      await server.#untilReady();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  /** An object goes as JSON, text as YAML. */
  async ask(method: string, path: string, body?: object | string): Promise<Answer> {
    const type = typeof body === "string" ? "application/yaml" : "application/json";
    const text = typeof body === "string" ? body : body && JSON.stringify(body);
    const options = {
      method,
      ca: this.#certificate,
      headers: {
        authorization: `Bearer ${this.#token}`,
        "content-type": type,
        accept: "application/json",
      },
    };
    return new Promise((resolve, reject) => {
      const asked = request(`${this.#address}${path}`, options, (answer) => {
        let said = "";
        answer.setEncoding("utf8").on("data", (part: string) => (said += part));
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text: said }));
        answer.on("error", reject);
      });
      asked.on("error", reject).end(text);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It takes seconds to leave politely, and nothing of it is kept.
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, "exit");
      this.#process.kill("SIGKILL");
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #untilReady(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await this.#isReady())) {
      const { exitCode } = this.#process;
      if (exitCode !== null) throw new Error(`the API server ended with ${exitCode}`);
      if (Date.now() > deadline) throw new Error("the API server does not get ready");
      await delay(50);
    }
  }

  async #isReady(): Promise<boolean> {
    try {
      this.#address = await readFile(join(this.#folder, "address"), "utf8");
      this.#certificate = await readFile(join(this.#folder, "certificates/apiserver.crt"), "utf8");
      return (await this.ask("GET", "/readyz")).status === 200;
    } catch {
      return false; // not written yet, or not listening
    }
  }
}
