/** sshd: sessions by key that run commands and copy files, and strangers who are turned away. */
import { execFile } from "node:child_process";
import { connect } from "node:net";
import { join } from "node:path";
import { expectAnswer, type Workload } from "./workload.ts";

const host = "127.0.0.1";
const port = 2222;
const rounds = 6;
const user = 1000;

export const sshd: Workload = {
  name: "sshd",
  packages: ["openssh-server"],
  users: { sshd: 105, dev: user },
  files: {
    "/etc/ssh/sshd_config": [
      `Port ${port}`,
      `ListenAddress ${host}`,
      "UsePAM no",
      "PasswordAuthentication no",
      "Subsystem sftp /usr/lib/openssh/sftp-server",
      "",
    ].join("\n"),
  },
  // At home in "/", which is root's: as strict as sshd wants it.
  prepare: [
    "ssh-keygen -A",
    "mkdir -p /run/sshd /.ssh",
    'ssh-keygen -q -t ed25519 -N "" -f /key',
    "cp /key.pub /.ssh/authorized_keys",
  ].join("\n"),
  args: ["/usr/sbin/sshd", "-D", "-e"],

  async answers() {
    const socket = connect(port, host);
    let hello = "";
    for await (const part of socket) {
      hello += String(part);
      if (hello.includes("\n")) break; // which also ends the connection
    }
    expectAnswer("its greeting", hello.slice(0, 8), "SSH-2.0-");
  },

  async load({ root }) {
    for (let round = 0; round < rounds; round++) {
      const { code, says } = await ssh(
        root,
        "dev",
        `echo ${round} >>/tmp/notes; wc -l </tmp/notes`,
      );
      expectAnswer("a command", [code, says], [0, String(round + 1)]);
      expectAnswer("a stranger", (await ssh(root, "stranger", "true")).code, 255);
    }
  },
};

/** By the host's own client, with the key that the image was made with. */
function ssh(root: string, as: string, command: string): Promise<{ code: number; says: string }> {
  const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes"];
  const words = ["-q", "-F", "/dev/null", "-i", join(root, "key"), "-p", String(port)];
  const all = [...words, ...options.flatMap((each) => ["-o", each]), `${as}@${host}`, command];
  return new Promise((resolve) => {
    execFile("ssh", all, (error, stdout) => {
      resolve({ code: error === null ? 0 : Number(error.code), says: stdout.trim() });
    });
  });
}
