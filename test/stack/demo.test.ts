/** `pahlevan demo` as a visitor runs it: what it says has happened, and nothing of it stays. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { savedLoop } from "../../core/loop/saved.ts";
import { Store } from "../../agent/store/store.ts";
import { cannotSense, Pahlevan, parsed } from "../kernel/pahlevan.ts";
import { missing } from "./containers/command.ts";
import { alertmanager } from "./monitoring/alertmanager.ts";
import { prometheus } from "./monitoring/prometheus.ts";

const why = cannotSense ?? (await missing("runc", "busybox"));
const monitored = prometheus !== undefined && alertmanager !== undefined;
const folder = mkdtempSync(join(tmpdir(), "demo-test-"));
const within = { timeout: 240_000 };

/** What is left of it on this host: containers, cgroups, files, processes. */
function left(): string[] {
  const isIts = (name: string) => name.includes("pahlevan-demo-");
  const top = "/sys/fs/cgroup";
  const cgroups = existsSync(`${top}/cgroup.procs`) ? [""] : readdirSync(top);
  const folders = [tmpdir(), "/run/runc", ...cgroups.map((mount) => join(top, mount))];
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => commandOf(pid));
  return [...folders.filter(existsSync).flatMap((each) => readdirSync(each)), ...processes].filter(
    isIts,
  );
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

/** What programs have pinned to outlive them. */
function pinned(): string[] {
  const folder = "/sys/fs/bpf";
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** The process of its agent. */
function agentOf(demo: Pahlevan): number {
  const children = execFileSync("pgrep", [
    "--parent",
    String(demo.process.pid),
    "--full",
    "main.ts up",
  ]);
  return Number(children.toString().trim());
}

interface Drivers {
  readonly promotes: string;
  readonly heals: string;
}

/** Learns, promotes, denies an attack, heals a wrong policy, and is not fooled. */
async function expectTheStory(args: readonly string[], { promotes, heals }: Drivers) {
  const keep = join(folder, promotes);
  await using demo = new Pahlevan(["demo", "--keep", keep, ...args]);
  await demo.says(/Ended: no program/);
  expect(await demo.ended).toMatchObject({ code: 0 });
  expect(left()).toEqual([]);
  expect(demo.stdout).toMatch(/connections are refused/);

  using store = Store.openExisting({ stateDirectory: join(keep, "state"), decisionsKept: 1 });
  const [state] = store?.loops.all() ?? [];
  const { transitions, phase, candidates, quarantined } = savedLoop.parse(
    JSON.parse(state?.state ?? ""),
  );
  expect(phase).toBe("Quarantine");
  expect(quarantined).toEqual(["pahlevan-demo-shop-2"]);
  expect(candidates.map(({ behaviour }) => behaviour)).toEqual([
    expect.stringMatching(/^network connect tcp\/127\.77\.0\.20:\d+\/out$/),
  ]);
  const ways = transitions.map(({ from, to }) => `${from} → ${to}`);
  expect(ways.slice(-4)).toEqual([
    "Canary → Enforcing",
    "Enforcing → Healing",
    "Healing → Enforcing",
    "Enforcing → Quarantine",
  ]);
  const sourceOf = (from: string, to: string) =>
    transitions.find((move) => move.from === from && move.to === to)?.cause.source;
  expect(sourceOf("Canary", "Enforcing")).toBe(promotes);
  expect(sourceOf("Enforcing", "Healing")).toBe(heals);
  for (const { to } of transitions.slice(2)) expect(demo.stdout).toContain(to);

  const denied = [...(store?.decisions.newest() ?? [])].map(({ line }) => parsed(line));
  expect(denied).toContainEqual(
    expect.objectContaining({
      action: "deny",
      object: "tcp/203.0.113.66:4444/out",
      policy: "shop",
    }),
  );
  const healedMs = transitions.find(({ to }) => to === "Healing")?.atMs ?? 0;
  const later = denied.filter(({ time }) => Date.parse(String(time)) > healedMs + 1_000);
  expect(later.filter(({ object }) => String(object).includes("127.77.0.20"))).toEqual([]);
}

describe.skipIf(why !== undefined)(`the demo (${why ?? "as root"})`, () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(!monitored)("is driven by the alerts of a team's own monitoring", within, () =>
    expectTheStory([], { promotes: "alertmanager", heals: "alertmanager" }),
  );

  it("is driven by the node itself where nobody monitors", within, () =>
    expectTheStory(["--alone"], { promotes: "timer", heals: "guard" }),
  );

  it("takes all away when Ctrl-C ends it in the middle", within, async () => {
    await using demo = new Pahlevan(["demo", "--alone"]);
    await demo.says(/Pahlevan learns what it does/);
    expect(left()).not.toEqual([]);
    demo.process.kill("SIGINT");
    // Who is impatient changes nothing.
    demo.process.kill("SIGINT");
    expect(await demo.ended).toMatchObject({ code: 130 });
    expect(left()).toEqual([]);
  });

  it.each([
    ["while containers are made", /A shop opens/],
    ["when all of it runs", /driven by/],
  ])("is taken away %s by a SIGKILL of it", within, async (_, moment) => {
    const pins = pinned();
    await using demo = new Pahlevan(["demo"]);
    await demo.says(moment);
    expect(left().length).toBeGreaterThan(2);
    demo.process.kill("SIGKILL");
    await demo.ended;
    // The next one waits for its turn.
    await expect.poll(left).toEqual([]);
    expect(pinned()).toEqual(pins);
  });

  it("takes all away when something fails in the middle, and says what", within, async () => {
    await using demo = new Pahlevan(["demo", "--alone"]);
    await demo.says(/Pahlevan learns what it does/);
    process.kill(agentOf(demo), "SIGKILL");
    expect((await demo.ended).code).not.toBe(0);
    expect(demo.stderr).toMatch(/the agent does not answer/);
    expect(left()).toEqual([]);
  });
});
