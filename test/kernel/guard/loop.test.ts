/**
 * The loop end to end: three containers that the real kernel holds, scraped by a real Prometheus,
 * whose alerts come back by a real Alertmanager and move the policy.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { phases } from "@pahlevan/core/loop/phase.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { loopOf, type ToldLoop } from "../../../agent/cli/loop/told.ts";
import { askStatus } from "../../../agent/sense/control-client.ts";
import { loopBoard, stateExpression } from "../../../dashboards/boards/loop.ts";
import { shippedGroups } from "../../../dashboards/rules/shipped.ts";
import { rulesFile } from "../../../dashboards/rules/write/prometheus.ts";
import { OciContainer } from "../../stack/containers/oci-container.ts";
import { Alertmanager, alertmanager } from "../../stack/monitoring/alertmanager.ts";
import { Listener } from "../../stack/monitoring/listener.ts";
import { Prometheus, prometheus } from "../../stack/monitoring/prometheus.ts";
import { cannotSense, Pahlevan, parsed, Up } from "../pahlevan.ts";

const workload = "pahlevan-test-loop";
const names = ["a", "b", "c"] as const;
type Name = (typeof names)[number];
const folder = mkdtempSync(join(tmpdir(), "pahlevan-loop-"));
const token = "a-token-of-the-test-alone";
const file = (name: string) => join(folder, name);

const policy = `
apiVersion: policy.pahlevan.io/v1alpha1
kind: PahlevanPolicy
metadata: {name: web}
spec:
  selector: {matchLabels: {com.docker.compose.service: ${workload}}}
  learning:
    {duration: 2s, quietPeriod: 1s, minSamples: 1, minInstances: 1, maxUnseenMass: 0.9, autoTransition: false}
  enforcement:
    mode: enforce
    blockUnknown: true
    syscalls: {mode: disabled}
    canary: {steps: [1, "100%"], stepDuration: 3s}
  selfHealing: {rollbackThreshold: 3, rollbackWindow: 5s, recoveryTimeout: 60s}
`;

/**
 * Works all the time, and says how it is; runs what it never ran while it is told to, and one of
 * them an intruder's tool.
 */
const work = `while :; do
  read -r line </etc/hostname; /usr/bin/true
  for each in id whoami unshare; do [ -e /told/$each ] && /usr/bin/$each >/dev/null 2>&1; done
  if [ -e /told/fail ]; then echo 1 >/state; else echo 0 >/state; fi
  /usr/bin/sleep 0.2
done`;
const programs = ["true", "id", "whoami", "unshare", "sleep"];

const containers = new Map<Name, OciContainer>();
async function start(name: Name): Promise<void> {
  const container = await OciContainer.run({
    ...{ id: `${workload}-${name}`, isFound: true, args: ["sh", "-c", work] },
    annotations: { "com.docker.compose.service": workload },
    furnish: async (rootfs) => {
      for (const each of ["told", "usr/bin"]) await mkdir(join(rootfs, each), { recursive: true });
      await writeFile(join(rootfs, "etc/hostname"), `${name}\n`);
      // Each a program of its own, not a link to the one that has them all.
      for (const each of programs)
        await copyFile(join(rootfs, "bin/busybox"), join(rootfs, "usr/bin", each));
    },
  });
  containers.set(name, container);
}

/** What they are told from outside. */
const told = (what: string, by: readonly Name[]) =>
  by.map((name) => join(containers.get(name)?.rootfs ?? "", "told", what));
const tell = (what: string, ...to: readonly Name[]) =>
  Promise.all(told(what, to).map((path) => writeFile(path, "")));
const untell = (what: string, ...to: readonly Name[]) =>
  Promise.all(told(what, to).map((path) => rm(path)));

/** The team's own measure of its service. */
function failing(): string {
  const states = [...containers.values()].map(({ rootfs }) =>
    readFileSync(join(rootfs, "state"), "utf8").trim(),
  );
  return `web_failing ${states.filter((state) => state === "1").length}\n`;
}

/** And its own alert, which one label makes a lever. */
const teamRules = JSON.stringify({
  groups: [
    {
      name: "team",
      rules: [
        {
          alert: "WebFailing",
          expr: "web_failing > 0",
          labels: { pahlevan_signal: "rollback", namespace: "host", policy: "web", workload },
        },
      ],
    },
  ],
});

const boardShape = z.object({
  panels: z.array(z.object({ targets: z.array(z.object({ expr: z.string() })).default([]) })),
});

const quick = {
  evaluation: 1,
  hold: 1,
  confirm: 1,
  reaction: 5,
  step: 3,
  burst: 5,
  past: 60,
  healing: 3_600,
};

let agent: Up;
let asked: Prometheus;
let team: Listener | undefined;
let alerts: Alertmanager | undefined;

async function alerting(): Promise<Alertmanager> {
  const edit = (config: string) =>
    config
      .replace("group_interval: 30s", "group_interval: 1s")
      .replace("repeat_interval: 25s", "repeat_interval: 900ms")
      .replace("group_interval: 10s", "group_interval: 1s");
  return Alertmanager.routing({ to: new URL(agent.url).host, token, edit });
}

async function loop(): Promise<ToldLoop> {
  const status = await askStatus(agent.socket);
  const [held] = loopOf(status ?? {});
  if (held === undefined) throw new Error("no policy holds anything");
  return held;
}

const phase = async () => (await loop().catch(() => undefined))?.phase;
const reaches = (wanted: string) =>
  expect.poll(phase, { timeout: 90_000, interval: 200 }).toBe(wanted);

/** By whom it came to its phase. */
async function cause() {
  const last = (await loop()).transitions.at(-1);
  return `${last?.from} → ${last?.to}: ${last?.signal} by ${last?.cause.source} ${last?.cause.by}`;
}

async function decisions(): Promise<string[]> {
  const state = file("state");
  const words = ["--facet", "exec", "--most", "100000", "-o", "json", "--state-directory", state];
  await using query = new Pahlevan(["decisions", "query", ...words]);
  await query.ended;
  const lines = query.stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const { action, object } = parsed(line);
    return `${String(action)} ${String(object)}`;
  });
}

async function move(kind: string): Promise<string> {
  const words = ["--control-socket", agent.socket, "--reason", "the test", "web"];
  await using moved = new Pahlevan(["loop", kind, ...words]);
  await moved.ended;
  return moved.stdout + moved.stderr;
}

const missing =
  cannotSense ??
  (prometheus === undefined || alertmanager === undefined
    ? "needs Debian: prometheus, prometheus-alertmanager"
    : undefined);
const within = { timeout: 240_000 };

describe.skipIf(missing !== undefined)(`the loop (${missing ?? "with real alerts"})`, () => {
  beforeAll(async () => {
    for (const name of ["policies", "state", "secrets"]) mkdirSync(file(name));
    writeFileSync(file("policies/web.yaml"), policy);
    writeFileSync(file("secrets/alertmanager"), `${token}\n`, { mode: 0o600 });
    agent = await Up.start([
      ...["--policy", file("policies"), "--state-directory", file("state")],
      ...["--signals-secrets", file("secrets"), "--save-interval", "1s"],
      ...["--pin-directory", "", "--heartbeat-timeout", "8s"],
    ]);
    for (const name of names) await start(name);
    alerts = await alerting();
    team = await Listener.listening();
    team.says = failing;
    asked = await Prometheus.scraping({
      target: new URL(agent.url).host,
      others: [team.address],
      intervalSeconds: 1,
      rules: [rulesFile(shippedGroups(quick)), teamRules],
      alertmanager: alerts.address,
    });
  }, 60_000);
  afterAll(async () => {
    await asked?.[Symbol.asyncDispose]();
    await alerts?.[Symbol.asyncDispose]();
    await agent?.[Symbol.asyncDispose]();
    for (const container of containers.values()) await container.remove();
    await team?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it("promotes what is learned by an alert, and widens it by another, to all", within, async () => {
    await reaches("Canary");
    expect(await cause()).toBe(
      "Review → Canary: promote by alertmanager PahlevanLearningConverged",
    );
    expect((await loop()).enforcing).toBe(1);
    await reaches("Enforcing");
    expect(await cause()).toBe("Canary → Enforcing: advance by alertmanager PahlevanCanaryHealthy");
    expect((await loop()).enforcing).toBe(3);
    expect(await decisions()).toEqual([]);
  });

  it("is what Grafana's dashboard shows of it", within, async () => {
    const { panels } = boardShape.parse(JSON.parse(loopBoard()));
    const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    expect(queries).toHaveLength(4);
    // In the place of Grafana's variables what it puts there for "All".
    for (const query of queries)
      await expect
        .poll(() =>
          asked.query(
            query.replaceAll(/\$(namespace|policy)/g, ".*").replace("$__rate_interval", "1m"),
          ),
        )
        .not.toEqual([]);
    await expect
      .poll(() => asked.query(stateExpression("")))
      .toEqual([phases.indexOf("Enforcing")]);
  });

  it("heals a policy that is wrong, by what was at fault and nothing else", within, async () => {
    await tell("id", ...names);
    await reaches("Healing");
    expect((await loop()).candidates.map(({ behaviour }) => behaviour)).toEqual([
      "exec /usr/bin/id",
    ]);
    await reaches("Enforcing");
    expect(
      (await decisions()).every(
        (line) => line === "kill /usr/bin/id" || line === "deny /usr/bin/id",
      ),
    ).toBe(true);
    expect((await loop()).enforcing).toBe(3);
    const metrics = await agent.get("/metrics");
    expect(metrics).toMatch(/^pahlevan_decision_lag_seconds_count\{action="(deny|kill)"\} [1-9]/m);
    expect(metrics).toMatch(/^pahlevan_profile_behaviours\{.*facet="exec"\} [1-9]/m);
  });

  it("takes a step back by a team's own alert, and goes on when that is over", within, async () => {
    await tell("fail", "c");
    await reaches("Healing");
    expect(await cause()).toContain("rollback by alertmanager WebFailing");
    expect((await loop()).enforcing).toBe(1);
    await untell("fail", "c");
    await reaches("Enforcing");
    expect((await loop()).enforcing).toBe(3);
  });

  it(
    "without Alertmanager promotes nothing, heals by this host alone, and goes on with it",
    within,
    async () => {
      await expect.poll(() => agent.get("/metrics")).toContain("\npahlevan_loop_frozen 0\n");
      await alerts?.[Symbol.asyncDispose]();
      alerts = undefined;
      await expect
        .poll(() => agent.get("/metrics"), { timeout: 30_000 })
        .toContain("\npahlevan_loop_frozen 1\n");
      await tell("whoami", ...names);
      await reaches("Healing");
      expect(await cause()).toMatch(/rollback by (guard|local)/);
      alerts = await alerting();
      // Prometheus knows the address that is gone; whoever beats, it is this receiver that hears.
      await alerts.post({ alertname: "PahlevanHeartbeat", pahlevan_signal: "heartbeat" });
      await expect
        .poll(() => agent.get("/metrics"), { timeout: 30_000 })
        .toContain("\npahlevan_loop_frozen 0\n");
      await reaches("Enforcing");
    },
  );

  it("locks in the one that is broken into, and loosens nothing for it", within, async () => {
    const before = (await loop()).candidates;
    await tell("unshare", "b");
    await reaches("Quarantine");
    const { candidates, question, enforcing, verdict } = await loop();
    expect([candidates, question, enforcing]).toEqual([before, undefined, 3]);
    expect(verdict).toContain("someone is in");
    await untell("unshare", "b");
    expect(await move("resume")).toContain("accepted");
    await reaches("Enforcing");
  });

  it("does what an operator says, and says why where it does not", within, async () => {
    expect(await move("promote")).toContain("ignored: nothing follows from promote in Enforcing");
    expect(await move("suspend")).toContain("accepted");
    expect(await phase()).toBe("Suspended");
    expect(await move("resume")).toContain("accepted");
    expect(await phase()).toBe("Enforcing");
    expect(await move("emergency")).toContain("accepted");
    expect([await phase(), (await loop()).enforcing]).toEqual(["Emergency", 0]);
  });
});
