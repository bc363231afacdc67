/** Debian's Exim, started for one test on a free port, with one mailbox for all. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "../../../agent/cli/demo/free-port.ts";

const program = ["exim4", "/usr/sbin/exim4", "/usr/sbin/exim"].find(
  (name) => spawnSync(name, ["-bV"]).status === 0,
);
export const eximMissing =
  program === undefined ? "needs Exim (Debian: exim4-daemon-light)" : undefined;

/** Takes mail for acme.example, but not everybody there, and not from everybody yet. */
const configuration = (folder: string, port: number) => `
primary_hostname = mail.acme.example
spool_directory = ${folder}/spool
log_file_path = ${folder}/log-%slog
pid_file_path = ${folder}/pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port}
tls_advertise_hosts = *
tls_certificate = ${folder}/cert
tls_privatekey = ${folder}/key
deliver_drop_privilege = true
keep_environment =
host_lookup =
rfc1413_hosts =
acl_smtp_rcpt = rcpt
acl_smtp_data = data

begin acl
rcpt:
  deny message = nobody of that name
       local_parts = nobody
  defer message = come again later
       local_parts = later
  accept domains = acme.example
  deny message = relay not permitted
data:
  accept

begin routers
mailbox:
  driver = accept
  transport = file

begin transports
file:
  driver = appendfile
  file = ${folder}/mailbox/all
  mode = 0644
`;

export class Exim implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, folder: string, port: number) {
    this.#process = process;
    this.#folder = folder;
    this.port = port;
  }

  static async start(certificate: { readonly cert: string; readonly key: string }): Promise<Exim> {
    const folder = mkdtempSync(join(tmpdir(), "exim-"));
    // Most of it is done by Exim's own user.
    for (const name of ["spool", "mailbox"]) mkdirSync(join(folder, name));
    for (const name of ["", "spool", "mailbox"]) chmodSync(join(folder, name), 0o777);
    const port = await freePort("127.0.0.1");
    writeFileSync(join(folder, "exim.conf"), configuration(folder, port));
    writeFileSync(join(folder, "cert"), certificate.cert);
    writeFileSync(join(folder, "key"), certificate.key);
    for (const name of ["cert", "key"]) chmodSync(join(folder, name), 0o644);
    const args = ["-C", join(folder, "exim.conf"), "-bdf", "-v"];
    const process = spawn(program ?? "exim4", args, { stdio: ["ignore", "ignore", "pipe"] });
    const said: string[] = [];
    for await (const line of createInterface(process.stderr)) {
      said.push(line);
      if (!/daemon started|listening for SMTP/i.test(line)) continue;
      process.stderr.resume();
      return new Exim(process, folder, port);
    }
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`exim ended before it listened:\n${said.join("\n")}`);
  }

  /** Empty until something was delivered. */
  mailbox(): string {
    const file = join(this.#folder, "mailbox/all");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
