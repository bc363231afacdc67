/** A real container is held before its first exec, because its runtime waits for that. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { heldIn } from "../../../agent/cli/policy/held-status.ts";
import { askStatus } from "../../../agent/sense/control-client.ts";
import { PATIENCE_MS } from "../../patience.ts";
import { enginesMissing } from "../../stack/containers/engine-programs.ts";
import { Engine } from "../../stack/containers/engine.ts";
import { OciContainer } from "../../stack/containers/oci-container.ts";
import { cannotSense, Pahlevan, Up } from "../pahlevan.ts";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-hook-"));
const policies = join(folder, "policies");
const main = join(import.meta.dirname, "../../../agent/cli/main.ts");
let up: Up;

/** Its first program is one that the policy denies. */
const policy = `
apiVersion: policy.pahlevan.io/v1alpha1
kind: PahlevanPolicy
metadata: {name: no-sleep}
spec:
  selector: {matchLabels: {app: held}}
  learning: {enabled: false}
  enforcement: {mode: enforce, processes: {deniedBinaries: [/bin/busybox]}}
`;

const hook = (...more: readonly string[]) => [process.execPath, main, "oci-hook", ...more];

/** Whether a container's only program did what it is for. */
async function works(
  annotations: Readonly<Record<string, string>>,
  createRuntimeHook: readonly string[],
): Promise<boolean> {
  const args = ["touch", "/made"];
  await using container = await OciContainer.create({ annotations, args, createRuntimeHook });
  await container.start().catch(() => undefined); // refused, where a hook of the kernel refuses
  // A zombie until runc's caller has looked after it.
  await expect.poll(() => livesStill(container.pid), { timeout: 30_000 }).toBe(false);
  return existsSync(join(container.rootfs, "made"));
}

function livesStill(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function decisions(): Promise<string[]> {
  await using query = new Pahlevan([
    ...["decisions", "query", "--facet", "exec", "-o", "json"],
    ...["--state-directory", join(folder, "state")],
  ]);
  await query.ended;
  return query.stdout.trim().split("\n");
}

const noEngine = existsSync("/run/podman/podman.sock")
  ? "podman runs here: its place is taken"
  : await enginesMissing();

async function isHeld(workload: string): Promise<boolean> {
  const { held } = heldIn(await askStatus(up.socket, PATIENCE_MS));
  return held.some((one) => one.workload.endsWith(workload) && one.instances === 1);
}

const within = { timeout: 180_000 };

describe.skipIf(cannotSense !== undefined)(`the hook (${cannotSense ?? "as root"})`, () => {
  beforeAll(async () => {
    mkdirSync(policies);
    writeFileSync(join(policies, "held.yaml"), policy);
    const state = ["--state-directory", join(folder, "state"), "--pin-directory", ""];
    up = await Up.start(["--policy", policies, ...state]);
  }, 120_000);
  afterAll(async () => {
    await up[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    "holds a container before its first exec, each time, and only whom a policy selects",
    within,
    async () => {
      const asks = hook("--required", "--control-socket", up.socket);
      expect(await works({ app: "free" }, asks)).toBe(true);
      for (let time = 0; time < 5; time++) expect(await works({ app: "held" }, asks)).toBe(false);
      // The last is written down within a second.
      await expect.poll(decisions, within).toHaveLength(5);
      const lines = await decisions();
      expect(lines[0]).toMatch(/"policy":"no-sleep".*deniedBinaries/);
    },
  );

  it.skipIf(noEngine !== undefined)(
    `holds podman's containers by what it says before their start, and by the rest after (${noEngine ?? "it is there"})`,
    within,
    async () => {
      await using engine = await Engine.start("podman");
      const usual = "/run/podman/podman.sock";
      mkdirSync(dirname(usual), { recursive: true });
      symlinkSync(engine.socketPath, usual);
      using socket = new DisposableStack();
      socket.defer(() => rmSync(usual));
      const [path, ...args] = hook("--required", "--control-socket", up.socket);
      writeFileSync(
        join(engine.hooksFolder, "pahlevan.json"),
        JSON.stringify({
          version: "1.0.0",
          hook: { path, args: [path, ...args] },
          when: { always: true },
          stages: ["createRuntime"],
        }),
      );
      const out = `--volume=${folder}:/out`;

      const held = await engine.run({
        ...{ name: "held", flags: ["--annotation=app=held", out] },
        args: ["touch", "/out/held"],
      });
      await engine.ended(held);
      expect(existsSync(join(folder, "held"))).toBe(false);

      // Its labels are podman's secret until it has started it. So it may begin, and is held then.
      const later = await engine.run({
        ...{ name: "later", flags: ["--label=app=held", out] },
        args: ["sh", "-c", "until [ -e /out/go ]; do :; done; /bin/touch /out/later"],
      });
      await expect.poll(() => isHeld("later"), { timeout: 60_000 }).toBe(true);
      writeFileSync(join(folder, "go"), "");
      await engine.ended(later);
      expect(existsSync(join(folder, "later"))).toBe(false);

      const free = await engine.run({ name: "free", flags: [out], args: ["touch", "/out/free"] });
      await engine.ended(free);
      expect(existsSync(join(folder, "free"))).toBe(true);
    },
  );

  it("without an agent starts it, or does not, as it is told", within, async () => {
    const nowhere = ["--control-socket", join(folder, "nobody.sock")];
    expect(await works({ app: "held" }, hook(...nowhere))).toBe(true);
    await expect(works({ app: "held" }, hook("--required", ...nowhere))).rejects.toThrow("hook");
  });

  it("does not wait for an agent that says nothing", within, async () => {
    const path = join(folder, "silent.sock");
    const silent = createServer(() => undefined).listen(path);
    const asks = hook("--required", "--control-socket", path, "--timeout", "1s");
    await expect(works({ app: "held" }, asks)).rejects.toThrow("did not answer in 1 s");
    silent.close();
  });
});
