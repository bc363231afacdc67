/** A real PostgreSQL for one test, on a free port of loopback; a test may restart it. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connect } from "@pahlevan/exporters/postgres/connection.ts";
import type { Certificate } from "../../certificates.ts";
import { freePort } from "../../../agent/cli/demo/free-port.ts";

const installations = "/usr/lib/postgresql";
const programs = existsSync(installations)
  ? readdirSync(installations)
      .map((version) => join(installations, version, "bin"))
      .find((folder) => existsSync(join(folder, "initdb")))
  : undefined;

/** PostgreSQL refuses to be root's; Debian's package makes this user. */
const owner = ownerOf("postgres");

export const postgresMissing =
  programs === undefined || owner === undefined || process.getuid?.() !== 0
    ? "needs root and PostgreSQL (Debian: postgresql)"
    : undefined;

function ownerOf(user: string): { uid: number; gid: number } | undefined {
  try {
    const id = (flag: string) =>
      Number(execFileSync("id", [flag, user], { stdio: ["ignore", "pipe", "ignore"] }));
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    return undefined;
  }
}

export class PostgresServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
  }

  /** The user `postgres`, whose password is "secret"; with a certificate only by TLS. */
  static async start(certificate?: Certificate): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), "pahlevan-postgres-"));
    const as = owner ?? { uid: 0, gid: 0 };
    chownSync(folder, as.uid, as.gid);
    const server = new PostgresServer(folder, await freePort("127.0.0.1"));
    const password = join(folder, "password");
    const write = `umask 077; printf secret >${password}; exec "$@"`;
    const make = [
      server.program("initdb"),
      "-D",
      server.data,
      "-U",
      "postgres",
      "--pwfile",
      password,
    ];
    const how = ["--auth=scram-sha-256", "--no-locale", "-E", "UTF8", "--no-sync"];
    execFileSync("sh", ["-c", write, "sh", ...make, ...how], { ...as, cwd: folder, stdio: "pipe" });
    if (certificate) server.#useCertificate(certificate, as);
    await server.begin();
    return server;
  }

  get data(): string {
    return join(this.#folder, "data");
  }

  url(database = "postgres"): string {
    return `postgres://postgres:secret@127.0.0.1:${this.port}/${database}`;
  }

  program(name: string): string {
    return join(programs ?? "", name);
  }

  /** Resolves once it takes connections. */
  async begin(): Promise<void> {
    const settings = ["listen_addresses=127.0.0.1", "fsync=off", "unix_socket_directories="];
    const certificate = existsSync(join(this.data, "server.key"));
    if (certificate) settings.push("ssl=on");
    const args = [
      "-D",
      this.data,
      "-p",
      String(this.port),
      ...settings.flatMap((one) => ["-c", one]),
    ];
    const child = spawn(this.program("postgres"), args, {
      ...owner,
      cwd: this.#folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process = child;
    const said: string[] = [];
    for await (const line of createInterface(child.stderr)) {
      said.push(line);
      if (!line.includes("ready to accept connections")) continue;
      child.stderr.resume();
      return;
    }
    throw new Error(`PostgreSQL ended before it was ready:\n${said.join("\n")}`);
  }

  /** At once: who is connected is hung up on. */
  async end(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGQUIT");
    await ended;
  }

  /** Neither answers nor hangs up, until it is thawed. */
  freeze(does: boolean): void {
    for (const pid of [this.#process?.pid, ...this.#backends()])
      if (pid !== undefined) process.kill(pid, does ? "SIGSTOP" : "SIGCONT");
  }

  async ask<T extends object>(sql: string, values: readonly unknown[] = [], url = this.url()) {
    const { client, close } = await connect({ connectionString: url });
    try {
      return (await client.query<T>(sql, [...values])).rows;
    } finally {
      await close();
    }
  }

  #backends(): number[] {
    const pid = String(this.#process?.pid);
    const children = execFileSync("ps", ["-o", "pid=", "--ppid", pid]).toString();
    return children
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map(Number);
  }

  #useCertificate({ certFile, keyFile }: Certificate, as: { uid: number; gid: number }): void {
    for (const [from, to] of [
      [certFile, "server.crt"],
      [keyFile, "server.key"],
    ] as const) {
      const file = join(this.data, to);
      copyFileSync(from, file);
      chownSync(file, as.uid, as.gid);
      execFileSync("chmod", ["600", file]);
    }
    const rules = `printf 'hostssl all all all scram-sha-256\\n' >${join(this.data, "pg_hba.conf")}`;
    execFileSync("sh", ["-c", rules], as);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
