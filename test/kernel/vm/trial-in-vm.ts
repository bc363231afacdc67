/** A script that runs in a VM and prints what it found as one JSON: for the test that judges it. */
import { runInVm, type VmOptions } from "./vm.ts";

/** Several agents may start in it, and loading programs takes a VM a minute. */
const TIMEOUT_MS = 1_200_000;

export async function trialInVm<Trial>(
  machine: Pick<VmOptions, "kernel" | "lsm" | "modules">,
  script: readonly [path: string, ...words: string[]],
  isTrial: (said: unknown) => said is Trial,
): Promise<Trial> {
  const { exitCode, stdout, stderr } = await runInVm({
    ...machine,
    command: [process.execPath, ...script],
    timeoutMs: TIMEOUT_MS,
    say: (line) => console.log(line),
  });
  if (exitCode !== 0) throw new Error(`the trial ended with code ${exitCode}\n${stderr}`);
  const said: unknown = JSON.parse(stdout);
  if (!isTrial(said)) throw new Error(`what the trial said is none: ${stdout}`);
  return said;
}
