/**
 * A process of a bench's own that sends to nobody, again and again, and says when it may no more.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { BenchCgroup } from "../bench-cgroup.ts";

const program = (address: string) => `
  import { createSocket } from "node:dgram";
  const socket = createSocket("udp4");
  let may = true;
  const send = () =>
    socket.send("x", 9, "${address}", (error) => {
      const now = error?.code !== "EPERM";
      if (now !== may) console.log((now ? "may " : "may not ") + process.hrtime.bigint());
      may = now;
      setTimeout(send, 1);
    });
  send();
`;

/** When, on the clock of process.hrtime: it tells each change. */
export class Sender {
  readonly #lines: AsyncIterator<string, unknown>;

  constructor(cgroup: BenchCgroup, address: string) {
    const node = [process.execPath, "--input-type=module", "--eval", program(address)] as const;
    const child = spawn(...cgroup.command(...node), { stdio: ["ignore", "pipe", "inherit"] });
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  async says(word: "may" | "may not"): Promise<bigint> {
    const { value } = await this.#lines.next();
    const [, said, at = "0"] = /^(.*) (\d+)$/.exec(String(value)) ?? [];
    if (said !== word) throw new Error(`the sender said ${String(value)}`);
    return BigInt(at);
  }
}
