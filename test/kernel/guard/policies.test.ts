/** `pahlevan up --policy` with a service of this host: learned, held, edited, let go. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { heldIn } from "../../../agent/cli/policy/held-status.ts";
import { askStatus } from "../../../agent/sense/control-client.ts";
import { Store } from "../../../agent/store/store.ts";
import { findHierarchy } from "../../../agent/workload/hierarchy.ts";
import { removeCgroup, removeIfEmpty } from "../../stack/containers/cgroups.ts";
import { cannotSense, Pahlevan, parsed, Up } from "../pahlevan.ts";

const unit = "pahlevan-test-web.service";
const cgroup = `/system.slice/${unit}`;
const folder = mkdtempSync(join(tmpdir(), "pahlevan-policies-"));
const state = join(folder, "state");
const file = join(folder, "policies", "web.yaml");
const touched = join(folder, "touched");

const policy = (mode: string) => `
apiVersion: policy.pahlevan.io/v1alpha1
kind: PahlevanPolicy
metadata: {name: web}
spec:
  selector: {matchLabels: {pahlevan.io/name: ${unit}}}
  learning: {duration: 2s, quietPeriod: 1s, minSamples: 1, minInstances: 1, maxUnseenMass: 0.9}
  enforcement: {mode: ${mode}, blockUnknown: true, syscalls: {mode: disabled}}
`;

/** Works all the time; and runs what it never ran for as long as it is told to. */
const work = `while :; do
  read -r line </etc/hostname; /usr/bin/true; echo >>${folder}/turns
  [ -e ${folder}/attack ] && /usr/bin/touch ${touched}
  /usr/bin/sleep 0.1
done`;

let service: ChildProcess | undefined;
async function start(): Promise<void> {
  const { mountPoint } = await findHierarchy();
  mkdirSync(join(mountPoint, cgroup), { recursive: true });
  const enter = `echo $$ >${join(mountPoint, cgroup)}/cgroup.procs && exec bash --norc -c "$0"`;
  service = spawn("sh", ["-c", enter, work], { stdio: "ignore" });
}

/** A BPF file system of this test's own: agents of other tests keep theirs. */
const bpf = join(folder, "bpf");
const pins = join(bpf, "pahlevan");
const up = () =>
  Up.start([
    "--policy",
    join(folder, "policies"),
    "--state-directory",
    state,
    "--save-interval",
    "1s",
    "--pin-directory",
    pins,
  ]);

async function policiesOf({ socket }: Up) {
  const status = await askStatus(socket);
  return heldIn(status ?? {});
}

async function phaseIn(agent: Up): Promise<string | undefined> {
  return (await policiesOf(agent)).held[0]?.phase;
}

async function startingIn(agent: Up): Promise<number | undefined> {
  return (await policiesOf(agent)).held[0]?.starting;
}

/** Of the service's instances that are stored, whether the kernel told again after their start. */
function retoldIn(): boolean[] {
  using store = Store.openExisting({ stateDirectory: state, decisionsKept: 1 });
  const stored = store?.profiles.read({ namespace: "host", workload: unit });
  return [...(stored?.profile.instances.entries.values() ?? [])].map(({ retold }) => retold);
}

/** Until the attack was decided about once more than before. */
async function attacked(): Promise<readonly string[]> {
  const before = (await decisions()).length;
  writeFileSync(join(folder, "attack"), "");
  await expect
    .poll(async () => (await decisions()).length, { timeout: 30_000 })
    .toBeGreaterThan(before);
  rmSync(join(folder, "attack"));
  return (await decisions()).slice(before);
}

/** The attack goes on for some turns, whether anybody looks or not. */
async function attackedUnseen(): Promise<void> {
  const turns = () => statSync(join(folder, "turns")).size;
  writeFileSync(join(folder, "attack"), "");
  const before = turns();
  await expect.poll(turns, { timeout: 30_000 }).toBeGreaterThan(before + 5);
  rmSync(join(folder, "attack"));
}

async function decisions(): Promise<string[]> {
  await using query = new Pahlevan([
    "decisions",
    "query",
    "--facet",
    "exec",
    "--most",
    "100000",
    "-o",
    "json",
    "--state-directory",
    state,
  ]);
  await query.ended;
  return query.stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const { action, policy: by, object, reason } = parsed(line);
      return [action, by, object, reason].join(" | ");
    });
}

const within = { timeout: 180_000 };

describe.skipIf(cannotSense !== undefined)(
  `policies of this host (${cannotSense ?? "as root"})`,
  () => {
    beforeAll(() => {
      mkdirSync(join(folder, "policies"));
      mkdirSync(state);
      mkdirSync(bpf);
      execFileSync("mount", ["-t", "bpf", "bpf", bpf]);
      writeFileSync(file, policy("enforce"));
    });
    afterAll(async () => {
      const ended = service && once(service, "exit");
      service?.kill("SIGKILL");
      await ended;
      await removeCgroup(cgroup);
      removeIfEmpty("/system.slice");
      execFileSync("umount", [bpf]);
      rmSync(folder, { recursive: true, force: true });
    });

    it("learn a service from its start, then hold it to what it did", within, async () => {
      await using agent = await up();
      await start();
      await expect.poll(() => phaseIn(agent), { timeout: 120_000 }).toBe("Enforcing");
      expect(await attacked()).toContainEqual(
        expect.stringMatching(
          /^(kill|deny) \| web \| \/usr\/bin\/touch \| exec not allowed: it is neither named nor learned$/,
        ),
      );
      expect(existsSync(touched)).toBe(false);
      expect(service?.exitCode).toBeNull();
      // Its start is over when it did nothing new for ten seconds.
      await expect.poll(() => startingIn(agent), { timeout: 60_000 }).toBe(0);
      await expect.poll(retoldIn, { timeout: 30_000 }).toContain(true);
      agent.process.kill("SIGKILL");
      await agent.ended;
    });

    it("stay in force when the agent is killed", within, async () => {
      await attackedUnseen();
      expect(existsSync(touched)).toBe(false);
    });

    it(
      "hold it again as soon as the agent is back, and until they are lifted",
      within,
      async () => {
        const [killed] = readdirSync(pins);
        {
          await using agent = await up();
          await expect
            .poll(() => readdirSync(pins))
            .toEqual([expect.not.stringMatching(String(killed))]);
          expect((await policiesOf(agent)).held).toMatchObject([
            { policy: "web", workload: unit, phase: "Enforcing", instances: 1, starting: 0 },
          ]);
          expect(await attacked()).toContainEqual(expect.stringMatching(/^(kill|deny) \| web/));
          agent.process.kill("SIGTERM");
          await agent.says(/policies stay in force until the next start/);
        }
        await attackedUnseen();
        expect(existsSync(touched)).toBe(false);
        {
          await using looking = await Up.start([
            "--state-directory",
            state,
            "--pin-directory",
            pins,
          ]);
          await looking.says(/policies of an agent that is gone stay in force \(\d+ programs/);
        }
        await attackedUnseen();
        expect(existsSync(touched)).toBe(false);
        await using lifted = new Pahlevan(["up", "--release", "--pin-directory", pins]);
        expect((await lifted.ended).code).toBe(0);
        expect(lifted.stdout).toMatch(/^lifted: \d+ programs are detached/);
        expect(existsSync(pins)).toBe(false);
        await attackedUnseen();
        expect(existsSync(touched)).toBe(true);
      },
    );

    it(
      "are changed by an edit, kept over a bad one, and gone with their file",
      within,
      async () => {
        rmSync(touched);
        await using agent = await up();
        await expect.poll(() => phaseIn(agent)).toBe("Enforcing");
        writeFileSync(file, policy("monitor"));
        await expect.poll(async () => (await policiesOf(agent)).held[0]?.mode).toBe("monitor");
        expect(await attacked()).toContainEqual(
          expect.stringMatching(/^allow \| web .* would be denied/),
        );
        await expect.poll(() => existsSync(touched)).toBe(true);

        writeFileSync(file, policy("enforcing"));
        await expect
          .poll(async () => (await policiesOf(agent)).problems)
          .toEqual([expect.stringMatching(/web\.yaml:.*mode.*stays in force/)]);
        expect((await policiesOf(agent)).held).toMatchObject([{ mode: "monitor" }]);

        rmSync(file);
        await expect.poll(async () => (await policiesOf(agent)).held).toEqual([]);
      },
    );

    it("that are wrong at the start are told, and nothing is started", within, async () => {
      writeFileSync(file, policy("enforcing"));
      await using wrong = new Pahlevan(["up", "--policy", file, "--state-directory", state]);
      expect((await wrong.ended).code).toBe(3);
      expect(wrong.stderr).toMatch(
        /policies are wrong, so nothing is started:\n.*web\.yaml:\d+: policy web: .*mode/,
      );
    });
  },
);
