/**
 * The whole agent, its kernel too, killed with signals in flight: none that was acknowledged is
 * lost, and none moves a policy twice. (200 times without the kernel: test/killed.)
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { savedLoop } from "@pahlevan/core/loop/saved.ts";
import { askToMove } from "../../../agent/sense/control-client.ts";
import { Store } from "../../../agent/store/store.ts";
import { findHierarchy } from "../../../agent/workload/hierarchy.ts";
import { removeCgroup, removeIfEmpty } from "../../stack/containers/cgroups.ts";
import { cannotSense, Up } from "../pahlevan.ts";

const workload = "pahlevan-test-killed.service";
const cgroup = `/system.slice/${workload}`;
const folder = mkdtempSync(join(tmpdir(), "pahlevan-killed-"));
const token = "a-token-of-the-test-alone";
const file = (name: string) => join(folder, name);
const kills = 10;

const policy = `
apiVersion: policy.pahlevan.io/v1alpha1
kind: PahlevanPolicy
metadata: {name: web}
spec:
  selector: {matchLabels: {pahlevan.io/name: "${workload}"}}
  learning: {enabled: false}
  enforcement: {mode: monitor}
`;

let service: ChildProcess | undefined;

const start = () =>
  Up.start([
    ...["--policy", file("web.yaml"), "--state-directory", file("state")],
    ...["--signals-secrets", file("secrets"), "--pin-directory", ""],
  ]);

/** Of which each says another thing. */
const message = (words: readonly string[]) =>
  JSON.stringify({
    version: "4",
    alerts: words.map((summary) => ({
      status: "firing",
      labels: { alertname: `Seen${summary}`, pahlevan_signal: "quarantine", policy: "web" },
      annotations: { summary },
      startsAt: new Date().toISOString(),
    })),
  });

async function isTaken(url: string, words: readonly string[]): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = message(words);
  const sent = fetch(`${url}/v1/signals/alertmanager`, { method: "POST", headers, body });
  const answer = await sent.catch(() => undefined);
  return answer?.status === 200;
}

/** Asks for one signal after another, until nobody answers any more. */
async function sendUntilDead(agent: Up, acknowledged: Set<string>, lives: number): Promise<void> {
  for (let at = 0; ; at++) {
    const words = [`${lives}-${at}`, `${lives}-${at}-too`];
    if (!(await isTaken(agent.url, words))) return;
    for (const word of words) acknowledged.add(word);
    if (at === 2 + lives) agent.process.kill("SIGKILL");
  }
}

function saved() {
  using store = Store.open({ stateDirectory: file("state"), decisionsKept: 1 });
  const [state] = store.loops.all();
  if (state === undefined) throw new Error("no loop was saved");
  const loop = savedLoop.parse(JSON.parse(state.state));
  return {
    signals: store.signals.changedSince(0, 10_000).map(({ signal }) => signal.says),
    heard: loop.alerts.map(({ signal }) => signal.says),
    moves: loop.transitions.map(({ from, to, cause }) => `${from} → ${to}: ${cause.says}`),
  };
}

describe.skipIf(cannotSense !== undefined)(`kill -9 (${cannotSense ?? "of the agent"})`, () => {
  beforeAll(async () => {
    for (const name of ["state", "secrets"]) mkdirSync(file(name));
    writeFileSync(file("web.yaml"), policy);
    writeFileSync(file("secrets/alertmanager"), `${token}\n`, { mode: 0o600 });
    const { mountPoint } = await findHierarchy();
    const directory = join(mountPoint, cgroup);
    mkdirSync(directory, { recursive: true });
    const enter = `echo $$ >'${directory}'/cgroup.procs && exec sleep 100000`;
    service = spawn("sh", ["-c", enter], { stdio: "ignore" });
  });
  afterAll(async () => {
    const ended = service && once(service, "exit");
    service?.kill("SIGKILL");
    await ended;
    await removeCgroup(cgroup);
    removeIfEmpty("/system.slice");
    rmSync(folder, { recursive: true, force: true });
  });

  it("loses no signal that was acknowledged, and moves by none twice", async () => {
    const acknowledged = new Set<string>();
    for (let lives = 0; lives < kills; lives++) {
      await using agent = await start();
      await sendUntilDead(agent, acknowledged, lives);
      expect(await agent.ended).toEqual({ code: null, signal: "SIGKILL" });
    }
    {
      await using agent = await start();
      const move = { kind: "resume", target: { policy: "web" }, by: "the test" } as const;
      const [told] = await askToMove(agent.socket, { ...move, reason: "it is over", all: false });
      expect(told?.outcome).toBe("accepted");
    }
    const { signals, heard, moves } = saved();
    const lost = [...acknowledged].filter((word) => !signals.includes(word));
    const unheard = signals.filter((word) => !heard.includes(word));
    expect([lost, unheard]).toEqual([[], []]);
    expect(acknowledged.size).toBeGreaterThan(kills);
    expect(moves).toEqual([
      "Pending → Enforcing: what is seen",
      // Of two in one message either.
      expect.stringMatching(/^Enforcing → Quarantine: 0-0(-too)?$/),
      "Quarantine → Enforcing: it is over",
    ]);
  });
});
