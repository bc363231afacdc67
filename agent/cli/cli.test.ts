import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findCommand, optionsOf, parseInvocation } from "./arguments.ts";
import { commands } from "./commands.ts";
import { cliPage } from "./document.ts";
import { commandHelp } from "./help.ts";
import { nearest } from "./nearest.ts";
import { missingRights } from "./privileges.ts";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

function pahlevan(...args: string[]) {
  const main = join(import.meta.dirname, "main.ts");
  const env = { ...process.env, PAHLEVAN_CONTROL_SOCKET: join(folder, "none.sock") };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    env,
  });
  return { status, stdout, stderr };
}

function refusal(...words: string[]): string {
  try {
    const { command, rest } = findCommand(commands, words);
    parseInvocation(command, rest);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe("help", () => {
  it.each(commands.map((command) => [command.name, command] as const))(
    "of %s has every option and an example, and fits the screen",
    (_, command) => {
      const help = commandHelp(command);
      for (const name of optionsOf(command).keys()) expect(help).toContain(`--${name}`);
      for (const [line] of command.examples) expect(help).toContain(`\n  ${line}\n`);
      expect(Math.max(...help.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    },
  );

  it("every example is a command line that is understood", () => {
    const lines = commands.flatMap(({ examples }) => examples.map(([line]) => line));
    for (const line of lines) {
      const words =
        line
          .replace(/^source <\((.*)\)$/, "$1")
          .split(/ [|>] /)[0]
          ?.split(" ") ?? [];
      expect(refusal(...words.slice(1))).toBe("");
    }
  });

  it("is documented as it is", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/cli.md"), "utf8");
    expect(page).toBe(cliPage());
  });

  it("loads no command's code", () => {
    const { status, stdout } = pahlevan("up", "--help");
    expect({ status, first: stdout.split("\n")[0] }).toEqual({
      status: 0,
      first: "pahlevan up [OPTIONS]",
    });
    expect(pahlevan("help", "debug", "bundle").stdout).toBe(
      pahlevan("debug", "bundle", "-h").stdout,
    );
  });

  it("alone is wrong use, on stderr", () => {
    const { status, stdout, stderr } = pahlevan();
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain("pahlevan COMMAND");
  });
});

describe("a mistyped command line", () => {
  it.each([
    [["obsreve"], "unknown command 'obsreve'; did you mean 'observe'?"],
    [["debug", "capabilities"], "debug: unknown command 'capabilities'"],
    [["debug", "bundel"], "debug: unknown command 'bundel'; did you mean 'bundle'?"],
    [
      ["observe", "--facets", "exec"],
      "observe: unknown option '--facets'; did you mean '--facet'?",
    ],
    [
      ["observe", "--facet", "exec,nework"],
      "observe: --facet: unknown FACET 'nework'; did you mean 'network'?",
    ],
    [["observe", "--facet"], "observe: --facet needs a value: --facet FACET"],
    [["observe", "--facet", "--kind", "open"], "observe: --facet needs a value: --facet FACET"],
    [["observe", "--since-start=yes"], "observe: --since-start is a switch and takes no value"],
    [
      ["observe", "nginx"],
      "observe: unexpected 'nginx'; it takes options only (--help shows them)",
    ],
    [["run", "ls", "-l"], "run: write '--' before the command: pahlevan run -- ls …"],
    [["qwertyuiop"], "unknown command 'qwertyuiop'; 'pahlevan --help' lists them"],
  ])("%j is told the right word", (words, message) => {
    expect(refusal(...words)).toContain(message);
  });

  it("has exit code 2", () => {
    const { status, stderr } = pahlevan("up", "--ring-buffer-size", "lots");
    expect(status).toBe(2);
    expect(stderr).toContain("--ring-buffer-size: ring-buffer-size is 'lots'; it takes a size");
  });

  it("the command after -- keeps its own options", () => {
    const { command, rest } = findCommand(commands, ["run", "--name", "x", "--", "ls", "--help"]);
    const invocation = parseInvocation(command, rest);
    expect(invocation.rest).toEqual(["ls", "--help"]);
    expect(invocation.values.has("help")).toBe(false);
  });
});

it("guesses a name only when it is near", () => {
  expect(nearest("opne", ["open", "exec"])).toBe("open");
  expect(nearest("inst", ["instance_start", "exec"])).toBe("instance_start");
  expect(nearest("zzz", ["open", "exec"])).toBeUndefined();
});

it("names the right that is missing", () => {
  const status = (bits: bigint) => `CapEff:\t${bits.toString(16).padStart(16, "0")}\n`;
  expect(missingRights(status(1n << 21n))).toEqual([]);
  expect(missingRights(status((1n << 38n) | (1n << 39n)))).toEqual([]);
  expect(missingRights(status(1n << 38n)).join()).toMatch(/^CAP_BPF \(/);
  expect(missingRights(status(0n)).length).toBe(2);
});

it("config check finds mistakes, with exit code 1", () => {
  const file = join(folder, "pahlevan.yaml");
  writeFileSync(file, "listen: nowhere\n");
  const { status, stderr } = pahlevan("config", "check", "--config", file);
  expect(status).toBe(1);
  expect(stderr).toContain(`${file}:1: listen is 'nowhere'; it takes HOST:PORT`);
  writeFileSync(file, "listen: :1\n");
  expect(pahlevan("config", "check", "--config", file).status).toBe(0);
});

it("config check reads the web configuration, too", () => {
  const [file, web] = [join(folder, "pahlevan.yaml"), join(folder, "web.yml")];
  writeFileSync(file, `web-config: ${web}\n`);
  writeFileSync(web, "basic_auth_users: {}\ntls_server_conf: {}\n");
  const { status, stderr } = pahlevan("config", "check", "--config", file);
  expect(status).toBe(1);
  expect(stderr).toContain(`✗ ${web}:2: tls_server_conf: unknown field; did you mean tls_server`);
  writeFileSync(web, "basic_auth_users: {}\n");
  expect(pahlevan("config", "check", "--config", file).status).toBe(0);
});

it.each(["bash", "zsh"])("the completion for %s is a script that its parser takes", (shell) => {
  const { stdout } = pahlevan("completion", shell);
  const { status, stderr } = spawnSync("bash", ["-n"], { input: stdout, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

it("bash completes commands, options and values", () => {
  const { stdout } = pahlevan("completion", "bash");
  const completed = (...words: string[]) => {
    const script = `${stdout}\nCOMP_WORDS=(pahlevan "$@"); COMP_CWORD=$#; _pahlevan; echo "\${COMPREPLY[*]}"`;
    return spawnSync("bash", ["-c", script, "bash", ...words], { encoding: "utf8" }).stdout.trim();
  };
  expect(completed("ob")).toBe("observe");
  expect(completed("debug", "b")).toBe("bundle");
  expect(completed("observe", "--since")).toBe("--since-start");
  expect(completed("observe", "--facet", "net")).toBe("network");
  expect(completed("completion", "f")).toBe("fish");
});

it("debug bundle packs an archive that tar reads, and no secrets of processes", () => {
  const file = join(folder, "bundle.tar.gz");
  const { status } = pahlevan("debug", "bundle", "-o", file);
  expect(status).toBe(0);
  const { stdout } = spawnSync("tar", ["xzOf", file], { encoding: "utf8" });
  const names = spawnSync("tar", ["tzf", file], { encoding: "utf8" }).stdout.split("\n");
  expect(names).toContain("pahlevan-debug/versions.json");
  expect(names).toContain("pahlevan-debug/settings.json");
  expect(stdout).toContain('"ring-buffer-size": "4Mi"');
  expect(stdout).not.toContain(process.env["PATH"]);
  expect(stdout).not.toContain("vitest");
});
