/**
 * Grafana's alerting, as far as it is a library: its Alertmanager with a webhook contact point,
 * fed as its rules feed it. (Grafana itself is no library.)
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { goProgram, goProgramMissing } from "../go-program.ts";

export const grafanaMissing = () => goProgramMissing("grafana");

/** It is built first, where it is not there yet: within BUILT_WITHIN_MS. */
export const grafanaProgram = () => goProgram("grafana");

/** The headers of a contact point's form, and what Grafana's own documentation writes there. */
export const timestampHeader = "X-Grafana-Alerting-Timestamp";

export interface ContactPoint {
  readonly url: string;
  readonly secret: string;
  /** The form's field, which is empty at first. */
  readonly timestampHeader?: string;
  readonly maxAlerts?: number;
}

export interface GrafanaAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt: string;
  /** In the past: it is resolved. A rule that fires says when it is to be forgotten. */
  readonly endsAt: string;
  readonly generatorURL?: string;
}

export class Grafana implements AsyncDisposable {
  readonly #process: ChildProcess;
  #said = "";

  private constructor(program: string) {
    this.#process = spawn(program, { stdio: ["pipe", "ignore", "pipe"] });
    this.#process.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#said += text));
  }

  /** A group is one policy's alerts; it is looked at five times a second. */
  static async sendingTo({ url, secret, ...form }: ContactPoint): Promise<Grafana> {
    const grafana = new Grafana(await grafanaProgram());
    const { timestampHeader: stamp = "", maxAlerts = 0 } = form;
    grafana.#tell({
      externalURL: "https://grafana.example/",
      // Of the time of the library.
      version: "12.4.0",
      orgId: 1,
      settings: { url, httpMethod: "POST", maxAlerts, hmacConfig: { timestampHeader: stamp } },
      secure: { "hmacConfig.secret": Buffer.from(secret).toString("base64") },
      groupBy: ["policy"],
      interval: "200ms",
    });
    return grafana;
  }

  put(alerts: readonly GrafanaAlert[]): void {
    this.#tell(alerts);
  }

  /** How often it could not deliver. */
  get failures(): number {
    return this.#said.match(/msg="Notify for alerts failed"/g)?.length ?? 0;
  }

  get said(): string {
    return this.#said;
  }

  #tell(what: unknown): void {
    this.#process.stdin?.write(`${JSON.stringify(what)}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.stdin?.end();
    await ended;
  }
}
