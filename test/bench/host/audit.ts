/**
 * The Linux audit system, with rules for execve, openat and connect, for as long as it is measured.
 *
 * Once auditing was on, Linux gives every new process an audit context that costs it on each system
 * call, until the next boot. A rule spares all processes that: it is there while others are
 * measured, and stays.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const START_MS = 10_000;
const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
const SPARE_ALL = "-a never,task";

const configuration = (directory: string) => `log_file = ${directory}/audit.log
log_group = root
log_format = ENRICHED
flush = INCREMENTAL_ASYNC
freq = 50
max_log_file = 8
num_logs = 2
max_log_file_action = ROTATE
space_left = 75
space_left_action = IGNORE
admin_space_left = 50
admin_space_left_action = IGNORE
disk_full_action = IGNORE
disk_error_action = IGNORE
name_format = NONE
plugin_dir = ${directory}/plugins.d
`;

/** Debian's own settings, and the three rules. */
const RULES_ON = `-D
-b 8192
-f 1
-a always,exit -F arch=b64 -S execve -S openat -S connect -k pahlevan-bench
-e 1
`;
const RULES_OFF = `-D
-e 0
${SPARE_ALL}
`;

export class Audit {
  readonly #directory = mkdtempSync("/var/tmp/pahlevan-");
  #daemon: ChildProcess | undefined;

  /** Why it cannot be measured: it is not there, or somebody uses it. */
  static async whyNot(): Promise<string | undefined> {
    try {
      const status = await auditctl("-s");
      const rules = (await auditctl("-l")).trim();
      if (!/^enabled 0$/m.test(status) || !/^pid 0$/m.test(status))
        return "auditing is in use on this host";
      if (rules !== "No rules" && rules !== SPARE_ALL) return "this host has audit rules";
      await run("auditd", ["-h"], { env: { PATH } }).catch(ignoreExitCode);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async start(): Promise<void> {
    const directory = this.#directory;
    mkdirSync(join(directory, "plugins.d"));
    writeFileSync(join(directory, "auditd.conf"), configuration(directory), { mode: 0o640 });
    writeFileSync(join(directory, "on.rules"), RULES_ON, { mode: 0o640 });
    writeFileSync(join(directory, "off.rules"), RULES_OFF, { mode: 0o640 });
    const daemon = spawn("auditd", ["-n", "-s", "disable", "-c", directory], {
      env: { PATH },
      stdio: "ignore",
    });
    this.#daemon = daemon;
    const began = performance.now();
    while (!(await auditctl("-s")).includes(`pid ${daemon.pid}`)) {
      if (daemon.exitCode !== null || performance.now() - began > START_MS)
        throw new Error(
          `auditd does not start (exit code ${daemon.exitCode}); see the system's log`,
        );
      await delay(20);
    }
    await this.off();
  }

  async on(): Promise<void> {
    await auditctl("-R", join(this.#directory, "on.rules"));
  }

  async off(): Promise<void> {
    await auditctl("-R", join(this.#directory, "off.rules"));
  }

  async stop(): Promise<void> {
    await this.off();
    if (this.#daemon?.exitCode === null) {
      const ended = once(this.#daemon, "exit");
      this.#daemon.kill("SIGTERM");
      await ended;
    }
    await this.off(); // the daemon had its own idea at its end
    rmSync(this.#directory, { recursive: true });
  }
}

async function auditctl(...args: readonly string[]): Promise<string> {
  const { stdout } = await run("auditctl", args, { env: { PATH } });
  return stdout;
}

function ignoreExitCode(error: unknown): void {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") throw error;
}
