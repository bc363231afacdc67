/** What the entry script does before there is Node, which is why these tests run shell. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const home = fileURLToPath(new URL("..", import.meta.url));
let room = "";
beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), "pahlevan-entry-"));
});
afterEach(() => rmSync(room, { recursive: true }));

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

function run(command: string, args: string[], env: Record<string, string> = {}): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const options = { cwd: home, env: { PATH: "/usr/bin:/bin", HOME: room, ...env } };
  const child = execFile(command, args, options, (_, stdout, stderr) =>
    resolve({ code: child.exitCode, stdout, stderr }),
  );
  return promise;
}

const pahlevan = (...args: string[]) => run(join(home, "pahlevan"), args);

/** Runs a line of shell with everything that the entry script loads. */
function shell(line: string, env?: Record<string, string>): Promise<Outcome> {
  const parts = ["say", "packages", "node"].map((name) => `. tools/${name}.sh`);
  return run("/bin/sh", ["-euc", [...parts, line].join("; ")], { cache: room, ...env });
}

/** A folder of commands that holds these and nothing else. */
function only(...names: string[]): string {
  const folder = join(room, "bin");
  mkdirSync(folder);
  for (const name of names) symlinkSync(`/usr/bin/${name}`, join(folder, name));
  return folder;
}

describe("a wrong word", () => {
  it("gets the nearest one suggested", async () => {
    const { code, stderr } = await pahlevan("obsevre");
    expect(stderr).toContain("did you mean 'observe'?");
    expect(code).toBe(2);
  });

  it("gets no far-fetched suggestion", async () => {
    const { code, stderr } = await pahlevan("frobnicate");
    expect(stderr).not.toContain("did you mean");
    expect(code).toBe(2);
  });

  it("is refused when a value is missing, before anything is fetched", async () => {
    const { code, stderr } = await pahlevan("test", "cgroup", "--kernels");
    expect(stderr).toContain("--kernels: which?");
    expect(code).toBe(2);
  });

  it("is refused with the help when there is none at all", async () => {
    const { code, stdout, stderr } = await pahlevan();
    expect(stdout).toBe("");
    expect(stderr).toContain("./pahlevan up");
    expect(code).toBe(2);
  });
});

describe("fetching a package", () => {
  /** A registry that has one package, made here. */
  async function withRegistry(fetching: (address: string, sha512: string) => Promise<void>) {
    const tarball = join(room, "thing.tgz");
    mkdirSync(join(room, "package"));
    await run("tar", ["-czf", tarball, "-C", room, "package"]);
    const body = readFileSync(tarball);
    const server = createServer((request, response) => {
      response.statusCode = request.url === "/mirror/thing/-/thing-1.2.3.tgz" ? 200 : 404;
      response.end(body);
    });
    const { promise: listening, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await listening;
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const sha512 = createHash("sha512").update(body).digest("hex");
    try {
      await fetching(`http://127.0.0.1:${port}/mirror/`, sha512);
    } finally {
      server.close();
    }
  }
  const tools = ["sh", "mkdir", "mktemp", "rm", "mv", "tar", "gzip", "sha512sum", "curl", "tail"];

  it("takes it from the registry that the user has chosen, without npm", async () => {
    await withRegistry(async (address, sha512) => {
      const env = { PATH: only(...tools), npm_config_registry: address };
      const line = `fetch_package thing 1.2.3 ${sha512} "$cache/thing-1.2.3"`;
      expect(await shell(line, env)).toMatchObject({ code: 0, stderr: "" });
      expect(readdirSync(room)).toContain("thing-1.2.3");
    });
  });

  it("refuses another content than the pinned one, and leaves nothing behind", async () => {
    await withRegistry(async (address) => {
      const before = readdirSync(room);
      const env = { PATH: only(...tools), npm_config_registry: address };
      const line = `fetch_package thing 1.2.3 ${"0".repeat(128)} "$cache/thing-1.2.3"`;
      const { code, stdout } = await shell(line, env);
      expect(stdout).toContain("its sha512 differs");
      expect(code).toBe(1);
      expect(readdirSync(room).toSorted()).toEqual([...before, "bin"].toSorted());
    });
  });

  it("says which package it could not get, and from where", async () => {
    await withRegistry(async (address) => {
      const env = { PATH: only(...tools), npm_config_registry: address };
      const { code, stdout } = await shell(`fetch_package other 1.0.0 0 "$cache/other"`, env);
      expect(stdout).toContain(
        `could not download other@1.0.0 from the npm registry ${address}`.slice(0, -1),
      );
      expect(code).toBe(1);
    });
  });
});

describe("missing system packages", () => {
  const tools = ["awk", "sort", "tr", "sed", "cut"];

  it.each([
    ["dnf", "sudo dnf install gcc-c++ make"],
    ["pacman", "sudo pacman -S --needed gcc make"],
    ["zypper", "sudo zypper install gcc-c++ make"],
    ["apk", "sudo apk add g++ make"],
  ])("are named as %s knows them", async (installer, command) => {
    const folder = only(...tools);
    symlinkSync("/bin/true", join(folder, installer));
    const onlyCompilers = 'packages=$(echo "$packages" | grep -E "any:(make|g\\+\\+)"); ';
    symlinkSync("/usr/bin/grep", join(folder, "grep"));
    const { code, stderr } = await shell(`${onlyCompilers}need_packages build`, { PATH: folder });
    expect(stderr).toContain(command);
    expect(code).toBe(3);
  });

  it("are only those of the asked group", async () => {
    const { stdout } = await shell("missing_packages 1 bench", { PATH: only(...tools) });
    expect(stdout).toContain("qemu-system-x86");
    expect(stdout).not.toContain("clang");
  });
});
