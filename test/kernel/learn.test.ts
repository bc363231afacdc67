/** Learning into the store, as its user meets it: what stays when commands and agents end. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { storeFile } from "../../agent/store/open.ts";
import { Store } from "../../agent/store/store.ts";
import { findHierarchy } from "../../agent/workload/hierarchy.ts";
import { removeCgroup, removeIfEmpty } from "../stack/containers/cgroups.ts";
import { cannotSense, Pahlevan, parsed, Up } from "./pahlevan.ts";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-learn-"));
afterAll(() => rmSync(folder, { recursive: true }));
const fresh = () => mkdtempSync(join(folder, "state-"));

async function learned(stateDirectory: string, name: string, command: readonly string[]) {
  const file = join(folder, "summary.json");
  const to = ["--state-directory", stateDirectory, "--name", name];
  await using run = new Pahlevan([
    "run",
    ...to,
    "-o",
    "json",
    "--summary-file",
    file,
    "--",
    ...command,
  ]);
  await run.ended;
  const summary = parsed(readFileSync(file, "utf8"));
  return parsed(JSON.stringify(summary["learned"]));
}

/** The files that are stored of a workload of this host, and its instances. */
function storedOf(stateDirectory: string, workload: string) {
  using store = Store.openExisting({ stateDirectory, decisionsKept: 1 });
  const profile = store?.profiles.read({ namespace: "host", workload })?.profile;
  return {
    files: [...(profile?.facets.file.entries.keys() ?? [])],
    programs: [...(profile?.facets.exec.entries.keys() ?? [])],
    instances: [...(profile?.instances.entries.values() ?? [])],
  };
}

describe.skipIf(cannotSense !== undefined)(`learning (${cannotSense ?? "as root"})`, () => {
  it("of a second run adds what is new to the first, and says what that was", async () => {
    const directory = fresh();
    const [one, other] = [join(folder, "one"), join(folder, "other")];
    for (const path of [one, other]) writeFileSync(path, "x");
    const first = await learned(directory, "web", ["cat", one]);
    expect(first).toMatchObject({ workload: "web", runs: 1, complaints: [] });
    expect(first["added"]).toContain(`file read ${one}`);
    const second = await learned(directory, "web", ["cat", one, other]);
    expect(second).toMatchObject({ runs: 2, added: [`file read ${other}`], converged: false });
    const again = await learned(directory, "web", ["cat", other]);
    expect(again).toMatchObject({ runs: 3, added: [] });
    const { files, programs, instances } = storedOf(directory, "web");
    expect(files).toEqual(expect.arrayContaining([`file read ${one}`, `file read ${other}`]));
    expect(programs).toEqual(["exec /usr/bin/cat"]);
    expect(instances.map(({ adopted, lost }) => [adopted, lost])).toEqual([
      [false, 0],
      [false, 0],
      [false, 0],
    ]);
  });

  it("of a run says what waits for a person, and for what learning waits", async () => {
    const args = ["run", "--state-directory", fresh(), "--name", "odd", "--"];
    await using run = new Pahlevan([...args, "cat", "/etc/shadow"]);
    await run.ended;
    // Where lines are broken depends on how long it took.
    const says = run.stderr.replaceAll(/\s+/g, " ");
    expect(says).toMatch(/learned odd: \d+ behaviours in 1 run, \d+ of them new/);
    expect(says).toContain("! waits for a person: file read /etc/shadow");
    expect(says).toMatch(/learning .*: learning for .+ of at least 5 min/);
  });

  it("writes nothing when it is switched off, and says what is wrong before it begins", async () => {
    const directory = fresh();
    const to = ["--state-directory", directory];
    await using off = new Pahlevan(["run", ...to, "--learning", "off", "--", "true"]);
    expect((await off.ended).code).toBe(0);
    expect(off.stderr).not.toContain("learned");
    expect(storedOf(directory, "true").programs).toEqual([]);
    writeFileSync(storeFile(directory), "no database");
    await using bad = new Pahlevan(["run", ...to, "--", "touch", join(directory, "ran")]);
    expect((await bad.ended).code).toBe(3);
    expect(bad.stderr).toMatch(/is no store of Pahlevan's, .* nothing was written to it/);
    expect(bad.stderr).not.toContain("what touch did");
  });

  it("of a run survives kill -9 of it", async () => {
    const { mountPoint } = await findHierarchy();
    const directory = fresh();
    const to = ["--state-directory", directory, "--save-interval", "1s", "--name", "killed"];
    await using run = new Pahlevan([
      "run",
      ...to,
      "--",
      "sh",
      "-c",
      "cat /etc/hostname; sleep 1000",
    ]);
    await expect
      .poll(() => storedOf(directory, "killed").files)
      .toContain("file read /etc/hostname");
    run.process.kill("SIGKILL");
    // What it started lives on, and holds its output open.
    const left = `pahlevan/killed-${run.process.pid}`;
    const pids = readFileSync(join(mountPoint, left, "cgroup.procs"), "utf8")
      .trim()
      .split("\n");
    for (const pid of pids) process.kill(Number(pid), "SIGKILL");
    expect((await run.ended).signal).toBe("SIGKILL");
    expect(storedOf(directory, "killed").programs).toContain("exec /usr/bin/cat");
    await removeCgroup(`/${left}`);
    removeIfEmpty("/pahlevan");
  });

  it("of a service survives kill -9 of the agent, and goes on with the next one", async () => {
    const { mountPoint } = await findHierarchy();
    const unit = "pahlevan-test-learned.service";
    const place = join(mountPoint, unit);
    const directory = fresh();
    const to = ["--state-directory", directory, "--save-interval", "1s"];
    const readIn = (path: string) => {
      const enter = `echo $$ > ${place}/cgroup.procs && exec cat ${path}`;
      execFileSync("sh", ["-c", enter]);
    };
    try {
      {
        await using up = await Up.start(to);
        mkdirSync(place, { recursive: true });
        readIn("/etc/hostname");
        await expect
          .poll(() => storedOf(directory, unit).files)
          .toContain("file read /etc/hostname");
        up.process.kill("SIGKILL");
        await up.ended;
      }
      await using next = await Up.start(to);
      readIn("/etc/os-release");
      next.process.kill("SIGTERM");
      expect(await next.ended).toEqual({ code: 0, signal: null });
      const { files, instances } = storedOf(directory, unit);
      expect(files).toContain("file read /etc/hostname");
      expect(files.join()).toContain("os-release");
      expect(instances.map(({ adopted }) => adopted)).toContain(false);
    } finally {
      await removeCgroup(`/${unit}`);
    }
  });
});
