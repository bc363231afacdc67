/** From the edit of a policy's file to the first act that is denied for it. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { heldIn } from "@pahlevan/agent/cli/policy/held-status.ts";
import { askStatus } from "@pahlevan/agent/sense/control-client.ts";
import { identityLabels } from "@pahlevan/core/behaviour/identity.ts";
import type { Hierarchy } from "@pahlevan/agent/workload/hierarchy.ts";
import { Up } from "../../kernel/pahlevan.ts";
import { BenchCgroup } from "../bench-cgroup.ts";
import type { Row } from "../row.ts";
import { spreadOf } from "../spread.ts";

const EDITS = 20;
const [here, elsewhere] = ["127.0.0.0/8", "192.0.2.0/24"];
const HELD_MS = 30_000;

/**
 * Sends to nobody on loopback, again and again; says when it may no more, and when it may again.
 */
const sender = `
  import { createSocket } from "node:dgram";
  const socket = createSocket("udp4");
  let may = true;
  const send = () =>
    socket.send("x", 9, "127.0.0.1", (error) => {
      const now = error?.code !== "EPERM";
      if (now !== may) console.log((now ? "may " : "may not ") + process.hrtime.bigint());
      may = now;
      setTimeout(send, 1);
    });
  send();
`;

function policy(name: string, cidr: string): string {
  const network = { defaultAction: "allow", deniedCIDRs: [cidr] };
  return JSON.stringify({
    apiVersion: "policy.pahlevan.io/v1alpha1",
    kind: "PahlevanPolicy",
    metadata: { name: "bench" },
    spec: {
      selector: { matchLabels: { [identityLabels.name]: name } },
      learning: { enabled: false },
      enforcement: { mode: "enforce", network },
    },
  });
}

export async function editToDeny(hierarchy: Hierarchy): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "pahlevan-bench-"));
  const file = join(folder, "policy.json");
  const cgroup = new BenchCgroup(hierarchy, "edit");
  const write = (cidr: string) => writeFileSync(file, policy(cgroup.name, cidr));
  const node = [process.execPath, "--input-type=module", "--eval", sender] as const;
  try {
    write(elsewhere);
    const state = ["--state-directory", join(folder, "state"), "--pin-directory", ""];
    await using up = await Up.start(["--policy", file, ...state]);
    const child = spawn(...cgroup.command(...node), { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    await untilHeld(up);
    const times: number[] = [];
    for (let edit = 0; edit < 2 * EDITS; edit++) {
      const denies = edit % 2 === 0;
      const began = process.hrtime.bigint();
      write(denies ? here : elsewhere);
      const { value } = await lines.next();
      const [, word, at = "0"] = /^(.*) (\d+)$/.exec(String(value)) ?? [];
      if (word !== (denies ? "may not" : "may")) throw new Error(`the sender said ${value}`);
      if (denies) times.push(Number(BigInt(at) - began) / 1e6);
    }
    const { median, low, high } = spreadOf(times);
    return [
      {
        ...{ name: "edit of a policy → first denial", value: median, unit: "ms" },
        ...{ budget: "-", ok: true },
        detail: `half within ${low.toFixed(0)} … ${high.toFixed(0)}, longest ${Math.max(...times).toFixed(0)}; 100 ms of it are for editors that write in steps`,
      },
    ];
  } finally {
    await cgroup.remove();
    rmSync(folder, { recursive: true });
  }
}

async function untilHeld(up: Up): Promise<void> {
  const began = performance.now();
  while (performance.now() - began < HELD_MS) {
    const { held } = heldIn((await askStatus(up.socket)) ?? {});
    if (held.some(({ instances }) => instances > 0)) return;
    await new Promise((go) => setTimeout(go, 50));
  }
  throw new Error("the sender is held to no policy");
}
