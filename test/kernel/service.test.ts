/** The systemd unit: systemd accepts it, and its capabilities are enough. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cannotSense, Pahlevan, Up } from "./pahlevan.ts";

const home = join(import.meta.dirname, "../..");
const unit = readFileSync(join(home, "deploy/systemd/pahlevan.service"), "utf8");
const [, granted = ""] = /^CapabilityBoundingSet=(.+)$/m.exec(unit) ?? [];
const capabilities = granted.split(" ").map((name) => name.replace("CAP_", "").toLowerCase());
const folder = mkdtempSync(join(tmpdir(), "pahlevan-service-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Root with these capabilities and no way to get others. */
function only(names: readonly string[]): string[] {
  const set = ["-all", ...names.map((name) => `+${name}`)].join(",");
  return ["setpriv", "--bounding-set", set, "--inh-caps=-all", "--no-new-privs"];
}

const systemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

it.skipIf(!systemd)("systemd accepts the unit (needs systemd-analyze)", () => {
  const copy = join(folder, "pahlevan.service");
  writeFileSync(copy, unit.replaceAll("/opt/pahlevan/pahlevan", join(home, "pahlevan")));
  const { status, stderr } = spawnSync("systemd-analyze", ["verify", copy], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

describe.skipIf(cannotSense !== undefined)(
  `the unit's rights (${cannotSense ?? "as root"})`,
  () => {
    it("are enough to sense everything that this kernel lets root sense", async () => {
      await using bare = await Up.start();
      const tiers = (page: string) => page.match(/^pahlevan_sense_tier_info.*$/gm);
      const asRoot = tiers(await bare.get("/metrics"));
      await using up = await Up.start([], only(capabilities));
      expect(tiers(await up.get("/metrics"))).toEqual(asRoot);
    });

    it("are enough to tell of another user's program, with its arguments", async () => {
      await using up = await Up.start([], only(capabilities));
      const program = join(folder, "theirs");
      execFileSync("cp", ["/bin/true", program]);
      chmodSync(folder, 0o755);
      const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
      execFileSync("setpriv", [...nobody, program, "an argument"]);
      const args = [
        "--control-socket",
        up.socket,
        "--since-start",
        "--facet",
        "exec",
        "-o",
        "json",
      ];
      await using observer = new Pahlevan(["observe", ...args]);
      const [line] = await observer.says(/^.*"object":"[^"]*\/theirs".*$/m);
      expect(JSON.parse(line)).toMatchObject({
        object: program,
        process: { uid: 65_534, args: [program, "an argument"] },
      });
    });

    it.each(["net_admin"])("each have a use: without %s some senses are missing", async (name) => {
      await using up = await Up.start([], only(capabilities.filter((one) => one !== name)));
      expect(await up.get("/metrics")).toMatch(/^pahlevan_sense_tier_info\{.*tier="none"/m);
      expect(JSON.parse(await up.get("/readyz"))).not.toMatchObject({ reasons: [] });
    });

    it.each(["bpf", "perfmon"])(
      "each have a use: without %s it says what is missing",
      async (name) => {
        const before = only(capabilities.filter((one) => one !== name));
        const socket = join(folder, "none.sock");
        await using up = new Pahlevan(["up", "--control-socket", socket], { before });
        expect((await up.ended).code).toBe(3);
        expect(up.stderr).toContain(`up lacks CAP_${name.toUpperCase()} (to `);
      },
    );
  },
);
