/** Runs a program to its end. */
import { spawn } from "node:child_process";
import { once } from "node:events";

const patienceMs = 20_000;

export interface RunOptions {
  /** A process of it lives on, whose output must not be this one's pipe. */
  readonly leavesOne?: boolean;
  readonly environment?: NodeJS.ProcessEnv;
}

/** Throws with what it said where it fails. Its own group: Ctrl-C is for the demo. */
export async function run(
  program: string,
  args: readonly string[],
  { leavesOne = false, environment = process.env }: RunOptions = {},
): Promise<string> {
  const stdio = leavesOne ? "ignore" : "pipe";
  const child = spawn(program, args, {
    stdio: ["ignore", stdio, stdio],
    detached: true,
    env: environment,
    timeout: patienceMs,
    killSignal: "SIGKILL",
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => said.push(text));
  await once(child, leavesOne ? "exit" : "close");
  if (child.exitCode === 0) return said.join("");
  const how = child.exitCode === null ? String(child.signalCode) : `exit code ${child.exitCode}`;
  throw new Error(`${program} ${args.join(" ")}: ${how}\n${said.join("")}`);
}
