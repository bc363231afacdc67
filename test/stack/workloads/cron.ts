/** cron: a job each minute, which writes a line and rotates its file now and then. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PATIENCE_MS } from "../../patience.ts";
import { expectAnswer, type Site, type Workload } from "./workload.ts";

const permitted = ["auth", "account", "session"]
  .map((kind) => `${kind} required pam_permit.so\n`)
  .join("");
const output = "/var/log/job.log";

export const cron: Workload = {
  name: "cron",
  packages: ["cron"],
  files: {
    "/etc/crontab": "* * * * * root /usr/local/bin/job\n",
    "/usr/local/bin/job": `#!/bin/sh\ndate +%s >>${output}\nsort ${output} >${output}.sorted\nmv ${output}.sorted ${output}\n`,
    "/etc/pam.d/cron": permitted,
    // The package's own includes files that a script of its writes.
    "/etc/pam.d/other": permitted,
  },
  prepare: "chmod 755 /usr/local/bin/job && chmod 644 /etc/crontab",
  args: ["/usr/sbin/cron", "-f"],
  stop: "SIGKILL", // it handles no other, and is the first process of its namespace

  async answers({ pid }) {
    expectAnswer("its first process", existsSync(`/proc/${pid}/exe`), true);
    await Promise.resolve();
  },

  /** To the end of the first minute that begins. */
  async load({ root }) {
    await jobsDone(root, 1);
  },
};

async function jobsDone(root: Site["root"], wanted: number): Promise<void> {
  const deadline = performance.now() + 2 * PATIENCE_MS;
  const done = () =>
    existsSync(join(root, output)) ? readFileSync(join(root, output), "utf8") : "";
  // cron has no other sign of its work than what its jobs leave.
  while (done().split("\n").length <= wanted) {
    if (performance.now() > deadline) throw new Error("cron: its job is not run");
    await delay(100);
  }
}
