/** `./pahlevan check`: every static check, side by side; prints the time of each, and failures. */

import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { isCommand, preferred } from "./commands.ts";
import { sourceFiles } from "./source-files.ts";

const home = fileURLToPath(new URL("..", import.meta.url));
process.chdir(home);

const fix = process.argv.includes("--fix");
const unknown = process.argv.slice(2).filter((argument) => argument !== "--fix");
if (unknown.length > 0) {
  console.error(`pahlevan check: unknown argument '${unknown.join(" ")}'; it takes --fix or none`);
  process.exit(2);
}

interface Part {
  name: string;
  command: string;
  args: string[];
}

const tool = (name: string) => `node_modules/.bin/${name}`;
const ours = (name: string, file: string, ...args: string[]): Part => ({
  name,
  command: process.execPath,
  args: [`tools/${file}`, ...args],
});

const c = sourceFiles("*.c", "*.h", "*.cc");
const shell = sourceFiles("pahlevan", ".ci/run", "tools/*.sh");
const clangFormat: Part = {
  name: "C format",
  // Two versions of it do not agree on every line.
  command: preferred("clang-format-16", "clang-format"),
  args: [...(fix ? ["-i"] : ["--dry-run", "-Werror"]), ...c],
};
const formats: Part[] = [
  { name: "format", command: tool("oxfmt"), args: fix ? ["."] : ["--check", "."] },
  ...(c.length > 0 ? [clangFormat] : []),
  ours("line lengths", "check-lines.ts", ...(fix ? ["--fix"] : [])),
  ours("generated", "check-generated.ts", ...(fix ? ["--fix"] : [])),
];
// The longest first, so that two cores finish together.
const judgements: Part[] = [
  { name: "dead code", command: tool("knip"), args: ["--no-progress"] },
  {
    name: "lint",
    command: tool("oxlint"),
    args: ["--type-aware", "--deny-warnings", "--format=unix"],
  },
  { name: "types", command: tool("tsc"), args: ["-p", "."] },
  ours("import rules", "check-imports.ts"),
  {
    name: "shell syntax",
    command: "sh",
    args: ["-c", 'for file; do sh -n "$file" || exit; done', "sh", ...shell],
  },
  ...(isCommand("shellcheck") ? [{ name: "shellcheck", command: "shellcheck", args: shell }] : []),
];

const seconds = (since: number) => (performance.now() - since) / 1000;

/** Runs a part to its end; gives what it said if it failed. */
function run({ name, command, args }: Part): Promise<string | undefined> {
  const began = performance.now();
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  execFile(command, args, { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
    const said = `${stdout}${stderr}`.trim() || error?.message;
    const mark = error ? "✗" : "✓";
    console.log(`${mark} ${name.padEnd(13)} ${seconds(began).toFixed(1).padStart(5)} s`);
    resolve(error ? `\n── ${name}\n${said}` : undefined);
  });
  return promise;
}

const began = performance.now();
const failures: string[] = [];
async function work(queue: Part[], width: number): Promise<void> {
  async function worker(): Promise<void> {
    for (let part = queue.shift(); part; part = queue.shift()) {
      const failure = await run(part);
      if (failure !== undefined) failures.push(failure);
    }
  }
  await Promise.all(Array.from({ length: width }, worker));
}

const total = formats.length + judgements.length;
// Formatters that write go first, one by one: they touch the same files.
if (fix) await work(formats, 1);
await work(fix ? judgements : [...judgements, ...formats], Math.max(2, availableParallelism()));
for (const failure of failures) console.log(failure);
const passed = total - failures.length;
console.log(`\n${passed} of ${total} checks passed in ${seconds(began).toFixed(1)} s`);
process.exitCode = failures.length > 0 ? 1 : 0;
