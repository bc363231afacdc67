/** A real rsyslog for one test: its own configuration and files, and what it took, as JSON. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { PATIENCE_MS } from "../../../patience.ts";
import { attempt, missing } from "../../containers/command.ts";

const patient = { timeout: PATIENCE_MS };

/** Why this machine cannot have it, or undefined where it can. */
export async function rsyslogMissing(): Promise<string | undefined> {
  const lacks = await missing("rsyslogd", "openssl");
  if (lacks !== undefined) return `${lacks} (Debian: rsyslog, rsyslog-openssl)`;
  const { stdout } = await attempt("sh", ["-c", "ls /usr/lib/*/rsyslog /usr/lib64/rsyslog"]);
  return stdout.includes("lmnsd_ossl.so")
    ? undefined
    : "rsyslog's OpenSSL driver is not installed (Debian: rsyslog-openssl)";
}

/** By TLS: who signed, and as whom it answers; clients need a certificate of the same signer. */
export interface ServerTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface Taken {
  readonly pri: string;
  readonly time: string;
  readonly host: string;
  readonly app: string;
  readonly msgid: string;
  readonly msg: string;
  /** By SD-ID and parameter, as rsyslog has parsed them. */
  readonly data: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export class Rsyslog implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "rsyslog-"));
  readonly #tls: ServerTls | undefined;
  #process: ChildProcess | undefined;
  /** The same after it was stopped. */
  port = 0;

  private constructor(tls: ServerTls | undefined) {
    this.#tls = tls;
  }

  static async start(tls?: ServerTls): Promise<Rsyslog> {
    const rsyslog = new Rsyslog(tls);
    await rsyslog.restart();
    return rsyslog;
  }

  async restart(): Promise<void> {
    const portFile = join(this.#folder, "port");
    rmSync(portFile, { force: true });
    const config = join(this.#folder, "rsyslog.conf");
    writeFileSync(config, this.#config(portFile));
    const pid = join(this.#folder, "pid");
    this.#process = spawn("rsyslogd", ["-n", "-f", config, "-i", pid], { stdio: "ignore" });
    // It tells the port only where it has chosen it.
    if (this.port === 0) {
      await vi.waitUntil(
        () => existsSync(portFile) && /\d/.test(readFileSync(portFile, "utf8")),
        patient,
      );
      this.port = Number(readFileSync(portFile, "utf8"));
    } else await vi.waitUntil(() => isOpen(this.port), patient);
  }

  async stop(): Promise<void> {
    if (this.#process === undefined) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await ended;
    this.#process = undefined;
  }

  taken(): Taken[] {
    const file = join(this.#folder, "taken");
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => {
      const { data, ...rest } = textsIn(JSON.parse(line));
      const told: unknown = data === undefined || data === "" ? {} : JSON.parse(data);
      const sets = Object.entries(objectIn(told)).map(([id, set]) => [id, textsIn(set)] as const);
      const { pri = "", time = "", host = "", app = "", msgid = "", msg = "" } = rest;
      return { pri, time, host, app, msgid, msg, data: Object.fromEntries(sets) };
    });
  }

  #config(portFile: string): string {
    const tls = this.#tls;
    const properties = [
      ...["pri", "hostname", "app-name", "msgid", "msg"].map((name) => ({ name, outname: name })),
      { name: "$!rfc5424-sd", outname: "data" },
    ].map(({ name, outname }) => {
      const as = { hostname: "host", "app-name": "app" }[outname] ?? outname;
      return `property(outname="${as}" name="${name}" format="jsonf")`;
    });
    return `
      global(workDirectory="${this.#folder}" maxMessageSize="64k"
        ${tls ? `defaultNetstreamDriverCAFile="${tls.ca}"` : ""}
        ${tls ? `defaultNetstreamDriverCertFile="${tls.cert}"` : ""}
        ${tls ? `defaultNetstreamDriverKeyFile="${tls.key}"` : ""})
      module(load="mmpstrucdata")
      module(load="imtcp"
        ${tls ? `streamDriver.name="ossl" streamDriver.mode="1"` : ""}
        ${tls ? `streamDriver.authMode="x509/certvalid"` : ""})
      template(name="json" type="list" option.jsonf="on") {
        property(outname="time" name="timestamp" dateFormat="rfc3339" format="jsonf")
        ${properties.join("\n        ")}
      }
      ruleset(name="taken") {
        action(type="mmpstrucdata" sd_name.lowercase="off")
        action(type="omfile" file="${join(this.#folder, "taken")}" template="json")
      }
      input(type="imtcp" address="127.0.0.1" port="${this.port}" ruleset="taken"
        listenPortFileName="${portFile}")
    `;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1" });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function objectIn(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new Error(`no object: ${String(value)}`);
  return { ...value };
}

function textsIn(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(objectIn(value)).map(([name, text]) => [name, String(text)]),
  );
}
