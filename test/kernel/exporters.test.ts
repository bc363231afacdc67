/**
 * What the running agent sends: to whom the file and a policy name, and after the file is edited.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findHierarchy } from "../../agent/workload/hierarchy.ts";
import { HttpPeerServer } from "../http-peer.ts";
import { removeCgroup, removeIfEmpty } from "../stack/containers/cgroups.ts";
import { cannotSense, Up } from "./pahlevan.ts";

const workload = "pahlevan-test-exporters.service";
const cgroup = `/system.slice/${workload}`;
const folder = mkdtempSync(join(tmpdir(), "pahlevan-exporters-"));
const file = (name: string) => join(folder, name);

/** Each of the programs is denied; the service runs one when the test says so. */
const policy = (hook: string) => `
apiVersion: policy.pahlevan.io/v1alpha1
kind: PahlevanPolicy
metadata: {name: web}
spec:
  selector: {matchLabels: {pahlevan.io/name: "${workload}"}}
  learning: {enabled: false}
  enforcement: {mode: enforce, processes: {deniedBinaries: [/usr/bin/id, /usr/bin/who]}}
  webhooks: [{name: own, url: "${hook}", events: [violation]}]
`;

const settings = (url: string, more = "") => `
metrics-interval: 1s
exporters:
  otlp:
    endpoint: ${url}
    protocol: http/json
    batch-wait: 0s
${more}`;

/** As editors and ConfigMaps do it. */
function write(name: string, text: string): void {
  writeFileSync(file(`${name}.new`), text);
  renameSync(file(`${name}.new`), file(name));
}

let service: ChildProcess | undefined;

function act(program: string): void {
  service?.stdin?.write(`(${program})\n`);
}

const start = () =>
  Up.start([
    ...["--config", file("pahlevan.yaml"), "--policy", file("web.yaml")],
    ...["--state-directory", file("state"), "--pin-directory", ""],
  ]);

function told(peer: HttpPeerServer, path: string): string {
  return peer.asked
    .filter((asked) => asked.path === path)
    .map(({ body }) => body.toString())
    .join("\n");
}

describe.skipIf(cannotSense !== undefined)(`exporters (${cannotSense ?? "of the agent"})`, () => {
  beforeAll(async () => {
    mkdirSync(file("state"));
    const { mountPoint } = await findHierarchy();
    const directory = join(mountPoint, cgroup);
    mkdirSync(directory, { recursive: true });
    const enter = `echo $$ >'${directory}'/cgroup.procs && exec bash --norc -s`;
    service = spawn("sh", ["-c", enter], { stdio: ["pipe", "ignore", "ignore"] });
  });
  afterAll(async () => {
    const ended = service && once(service, "exit");
    service?.kill("SIGKILL");
    await ended;
    await removeCgroup(cgroup);
    removeIfEmpty("/system.slice");
    rmSync(folder, { recursive: true, force: true });
  });

  it("send what is decided, seen and moved, and go on elsewhere when the file says so", async () => {
    await using first = await HttpPeerServer.start();
    await using second = await HttpPeerServer.start();
    await using hook = await HttpPeerServer.start();
    write("pahlevan.yaml", settings(first.url));
    write("web.yaml", policy(hook.url));
    await using agent = await start();

    act("/usr/bin/id");
    await expect.poll(() => told(first, "/v1/logs")).toContain('"pahlevan.decision"');
    const logs = told(first, "/v1/logs");
    expect(logs).toContain("/usr/bin/id");
    expect(logs).toContain('"pahlevan.behaviour.first_seen"');
    await expect.poll(() => told(first, "/v1/logs")).toContain('"pahlevan.loop.transition"');
    await expect.poll(() => told(first, "/v1/traces")).toContain("pahlevan.policy.pending");
    await expect
      .poll(() => told(first, "/v1/metrics"))
      .toContain("pahlevan_policy_violations_total");
    // The policy's own: what it decided, and nothing else.
    await expect.poll(() => told(hook, "/")).toContain("/usr/bin/id");
    expect(told(hook, "/")).not.toContain("first_seen");

    // A mistake changes nothing.
    write("pahlevan.yaml", settings(second.url, "    protocl: x\n"));
    await agent.says(/exporters stay as they were: .*did you mean protocol/);
    write("pahlevan.yaml", settings(second.url));
    await agent.says(/exporters are as the file says now/);
    act("/usr/bin/who");
    await expect.poll(() => told(second, "/v1/logs")).toContain("/usr/bin/who");
    expect(told(first, "/v1/logs")).not.toContain("/usr/bin/who");
    await agent.metric(/pahlevan_exporter_records_sent_total\{[^}]*exporter="otlp"[^}]*\} [1-9]/);
  });

  it("give a peer that was away at the end what it has missed at the next start", async () => {
    await using peer = await HttpPeerServer.start();
    peer.answer = () => ({ status: 503 });
    write("pahlevan.yaml", settings(peer.url));
    write("web.yaml", policy("http://127.0.0.1:1/"));
    {
      await using agent = await start();
      act("/usr/bin/id");
      await expect.poll(() => told(peer, "/v1/logs")).toContain("/usr/bin/id");
      agent.process.kill("SIGTERM");
      expect(await agent.ended).toEqual({ code: 0, signal: null });
    }
    peer.asked.length = 0;
    peer.answer = () => ({ status: 200 });
    await using _ = await start();
    await expect.poll(() => told(peer, "/v1/logs")).toContain("/usr/bin/id");
  });

  it("refuse to start with a mistake, and say where it is", async () => {
    write("pahlevan.yaml", settings("http://127.0.0.1:1", "  slak:\n    url: x\n"));
    const agent = start();
    await expect(agent).rejects.toThrow(/slak.*did you mean slack/s);
  });
});
