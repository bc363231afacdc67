/** From the edit of a policy's file to the first act that is denied for it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { heldIn } from "@pahlevan/agent/cli/policy/held-status.ts";
import { askStatus } from "@pahlevan/agent/sense/control-client.ts";
import { identityLabels } from "@pahlevan/core/behaviour/identity.ts";
import type { Hierarchy } from "@pahlevan/agent/workload/hierarchy.ts";
import { Up } from "../../kernel/pahlevan.ts";
import { BenchCgroup } from "../bench-cgroup.ts";
import type { Row } from "../row.ts";
import { spreadOf } from "../spread.ts";
import { Sender } from "./sender.ts";

const EDITS = 20;
const [here, elsewhere] = ["127.0.0.0/8", "192.0.2.0/24"];
const HELD_MS = 30_000;

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
  try {
    write(elsewhere);
    const state = ["--state-directory", join(folder, "state"), "--pin-directory", ""];
    await using up = await Up.start(["--policy", file, ...state]);
    const sender = new Sender(cgroup, "127.0.0.1");
    await untilHeld(up);
    const times: number[] = [];
    for (let edit = 0; edit < 2 * EDITS; edit++) {
      const denies = edit % 2 === 0;
      const began = process.hrtime.bigint();
      write(denies ? here : elsewhere);
      const at = await sender.says(denies ? "may not" : "may");
      if (denies) times.push(Number(at - began) / 1e6);
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

export async function untilHeld(up: Up): Promise<void> {
  const began = performance.now();
  while (performance.now() - began < HELD_MS) {
    const { held } = heldIn((await askStatus(up.socket)) ?? {});
    if (held.some(({ instances }) => instances > 0)) return;
    await new Promise((go) => setTimeout(go, 50));
  }
  throw new Error("the sender is held to no policy");
}
