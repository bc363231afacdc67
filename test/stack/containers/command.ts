/** Runs a program to its end and gives back what it said. */
import { spawn } from "node:child_process";
import { PATIENCE_MS } from "../../patience.ts";

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly input?: string;
  readonly timeoutMs?: number;
  /**
   * For commands that leave a process behind: its stdout and stderr must not be our pipe, which
   * would never close.
   */
  readonly detaches?: boolean;
}

/** Resolves with any exit code. */
export function attempt(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Output> {
  const { env, cwd, input = "", timeoutMs = PATIENCE_MS, detaches = false } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      stdio: detaches ? ["ignore", "ignore", "ignore"] : ["pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (signal === null) resolve({ stdout, stderr, code: code ?? -1 });
      else reject(new Error(`${program} ${args.join(" ")}: ended by ${signal}\n${stderr}`));
    });
    child.stdin?.on("error", () => undefined).end(input);
  });
}

/** Rejects unless the exit code is 0. */
export async function run(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { stdout, stderr, code } = await attempt(program, args, options);
  if (code === 0) return stdout;
  throw new Error(`${program} ${args.join(" ")}: exit code ${code}\n${stderr}${stdout}`);
}

/** Why a program cannot be run here, or undefined where it can. */
export async function missing(...programs: readonly string[]): Promise<string | undefined> {
  for (const program of programs) {
    const { code } = await attempt("sh", ["-c", 'command -v "$1"', "sh", program]);
    if (code !== 0) return `${program} is not installed`;
  }
  return undefined;
}
