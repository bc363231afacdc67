/** From an alert's webhook to the first act that is refused for it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askToMove } from "@pahlevan/agent/sense/control-client.ts";
import type { Hierarchy } from "@pahlevan/agent/workload/hierarchy.ts";
import { identityLabels } from "@pahlevan/core/behaviour/identity.ts";
import { Up } from "../../kernel/pahlevan.ts";
import { BenchCgroup } from "../bench-cgroup.ts";
import type { Row } from "../row.ts";
import { spreadOf } from "../spread.ts";
import { untilHeld } from "./edit.ts";
import { Sender } from "./sender.ts";

const ALERTS = 20;
const BUDGET_MS = 100;
const token = "a-token-of-the-bench-alone";
/** This host itself, by a name that a quarantine does not spare. */
const anyAddress = "0.0.0.0";

const policy = (name: string) =>
  JSON.stringify({
    apiVersion: "policy.pahlevan.io/v1alpha1",
    kind: "PahlevanPolicy",
    metadata: { name: "bench" },
    spec: {
      selector: { matchLabels: { [identityLabels.name]: name } },
      learning: { enabled: false },
      enforcement: { mode: "enforce" },
    },
  });

export async function alertToKernel(hierarchy: Hierarchy): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "pahlevan-bench-"));
  const cgroup = new BenchCgroup(hierarchy, "signal");
  try {
    mkdirSync(join(folder, "secrets"));
    writeFileSync(join(folder, "secrets/alertmanager"), `${token}\n`, { mode: 0o600 });
    writeFileSync(join(folder, "policy.json"), policy(cgroup.name));
    await using up = await Up.start([
      ...["--policy", join(folder, "policy.json"), "--pin-directory", ""],
      ...["--state-directory", join(folder, "state")],
      ...["--signals-secrets", join(folder, "secrets")],
    ]);
    const sender = new Sender(cgroup, anyAddress);
    await untilHeld(up);
    const times: number[] = [];
    for (let alert = 0; alert < ALERTS; alert++) {
      const began = process.hrtime.bigint();
      await fire(up.url, alert);
      times.push(Number((await sender.says("may not")) - began) / 1e6);
      await end(up.url, alert);
      const target = { policy: "bench" };
      const move = { kind: "resume", target, by: "bench", reason: "", all: false } as const;
      await askToMove(up.socket, move);
      await sender.says("may");
    }
    const { median, low, high } = spreadOf(times);
    return [
      {
        ...{ name: "alert's webhook → first refusal", value: median, unit: "ms" },
        ...{ budget: `≤ ${BUDGET_MS}`, ok: median <= BUDGET_MS },
        detail: `half within ${low.toFixed(0)} … ${high.toFixed(0)}, longest ${Math.max(...times).toFixed(0)}; on disk before it is answered`,
      },
    ];
  } finally {
    await cgroup.remove();
    rmSync(folder, { recursive: true });
  }
}

const fire = (url: string, number: number) => tell(url, number, "firing");
const end = (url: string, number: number) => tell(url, number, "resolved");

/** As Alertmanager does. */
async function tell(url: string, number: number, status: "firing" | "resolved"): Promise<void> {
  const startsAt = new Date(Date.UTC(2026, 0, 1) + number * 1_000).toISOString();
  const endsAt = status === "firing" ? "0001-01-01T00:00:00Z" : startsAt;
  const labels = { alertname: "Bench", pahlevan_signal: "quarantine", policy: "bench" };
  const alert = { status, labels, annotations: {}, startsAt, endsAt, fingerprint: "be0c" };
  const answer = await fetch(`${url}/v1/signals/alertmanager`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ version: "4", status, receiver: "pahlevan", alerts: [alert] }),
  });
  if (!answer.ok) throw new Error(`the agent took no alert: ${await answer.text()}`);
}
