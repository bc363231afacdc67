/** Compiles the measuring programs, statically, so that no loader's work is counted. */
import { execFile } from "node:child_process";
import { mkdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const bench = join(import.meta.dirname, "..");
const into = join(bench, "../../build/bench");
const headers = ["operations.h", "samples.h"].map((name) => join(bench, name));

export interface Programs {
  ops: string;
  nothing: string;
  times: string;
  opens: string;
  asks: string;
}

export async function buildPrograms(): Promise<Programs> {
  await mkdir(into, { recursive: true });
  return {
    ops: await compile("instructions/ops"),
    nothing: await compile("instructions/nothing"),
    times: await compile("host/times"),
    opens: await compile("agent/opens"),
    asks: await compile("guard/asks"),
  };
}

async function compile(name: string): Promise<string> {
  const source = join(bench, `${name}.c`);
  const program = join(into, basename(name));
  const changed = await Promise.all([source, ...headers].map(changedMs));
  if ((await changedMs(program)) < Math.max(...changed)) {
    await run("gcc", ["-O2", "-static", "-Wall", "-Wextra", "-Werror", "-o", program, source]);
  }
  return program;
}

/** 0 for what is not there. */
async function changedMs(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}
