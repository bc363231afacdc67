/** `pahlevan up`, as its user meets it: real processes, the real kernel, real HTTP. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findHierarchy } from "../../agent/workload/hierarchy.ts";
import { describe, expect, it } from "vitest";
import { removeCgroup } from "../stack/containers/cgroups.ts";
import { cannotSense, Pahlevan, Up } from "./pahlevan.ts";

/** Programs and links that a process holds, by what the kernel tells of its descriptors. */
function held(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8");
      const [, what, id] = /^(prog|link)_id:\s*(\d+)/m.exec(info) ?? [];
      return what === undefined ? [] : [`${what} ${id}`];
    } catch {
      return [];
    }
  });
}

function exists(object: string): boolean {
  const [kind = "", id = ""] = object.split(" ");
  try {
    execFileSync("bpftool", [kind, "show", "id", id], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(cannotSense !== undefined)(`pahlevan up (${cannotSense ?? "as root"})`, () => {
  // How long that takes is measured by the benchmark of the agent, against its 3 s.
  it("shows what it watches, how well, and where its metrics are", async () => {
    await using up = await Up.start();
    await up.says(/ready in [\d.]+ s/);
    expect(up.stdout).toMatch(/watches +the host itself/);
    expect(up.stdout).toMatch(/(lsm|tracepoint): .*exec/);
    expect(await up.get("/healthz")).toBe('{"ok":true,"reasons":[]}\n');
    expect(JSON.parse(await up.get("/readyz"))).toMatchObject({ ok: true });
    expect(await up.get("/metrics")).toContain("pahlevan_build_info{");
  });

  it("counts a workload while it lives, and forgets it with its cgroup", async () => {
    const { mountPoint } = await findHierarchy();
    const name = "pahlevan-test-counted"; // long numbers in it would become a star
    const folder = join(mountPoint, name);
    await using up = await Up.start();
    mkdirSync(folder, { recursive: true });
    const enter = `echo $$ > ${folder}/cgroup.procs && exec cat /etc/hostname`;
    execFileSync("sh", ["-c", enter]);
    const series = `^pahlevan_workload_facts\\{[^}]*${name}[^}]*facet="exec"\\} 1$`;
    await up.metric(new RegExp(series, "m"));
    await removeCgroup(`/${name}`);
    await expect.poll(() => up.get("/metrics")).not.toContain(name);
  });

  it("ends on SIGTERM and leaves nothing attached", async () => {
    await using up = await Up.start();
    const objects = held(up.process.pid ?? 0);
    expect(objects.filter((object) => object.startsWith("link")).length).toBeGreaterThan(5);
    expect(objects.every(exists)).toBe(true);
    up.process.kill("SIGTERM");
    expect(await up.ended).toEqual({ code: 0, signal: null });
    // The kernel frees programs after a grace period of its own.
    await expect.poll(() => objects.filter(exists)).toEqual([]);
    expect(existsSync(up.socket)).toBe(false);
    expect(up.stderr).toContain("ended; nothing is attached");
  });

  it("says who runs already", async () => {
    await using up = await Up.start();
    await using second = new Pahlevan(["up", "--control-socket", up.socket]);
    expect((await second.ended).code).toBe(3);
    expect(second.stderr).toContain(`an agent runs here already: pid ${up.process.pid}`);
  });

  it("says who holds the port", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const place = mkdtempSync(join(tmpdir(), "pahlevan-up-"));
    const args = ["--listen", `127.0.0.1:${port}`, "--control-socket", join(place, "agent.sock")];
    await using up = new Pahlevan(["up", ...args]);
    expect((await up.ended).code).toBe(3);
    expect(up.stderr).toMatch(
      new RegExp(`127.0.0.1:${port} is taken by .*\\(pid ${process.pid}\\)`),
    );
    server.close();
    rmSync(place, { recursive: true });
  });

  it("logs events/sec at its interval", async () => {
    await using up = await Up.start(["--log-interval", "1s"]);
    const [, rate] = await up.says(/ events\/sec=([\d.]+)/);
    expect(Number(rate)).toBeGreaterThan(0);
  });

  it("replaces the socket of an agent that was killed", async () => {
    await using killed = await Up.start();
    killed.process.kill("SIGKILL");
    await killed.ended;
    expect(existsSync(killed.socket)).toBe(true);
    const args = ["--listen", "127.0.0.1:0", "--control-socket", killed.socket];
    await using up = new Pahlevan(["up", "--log-format", "pretty", ...args]);
    await up.says(/ready in/);
  });
});
