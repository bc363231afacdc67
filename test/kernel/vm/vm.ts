/**
 * Runs a command on a real kernel: boots a VM on the host's own files and brings the result back.
 */
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { boot } from "./boot.ts";
import { initramfs } from "./image.ts";
import { kernel, type KernelName, type Say } from "./kernels.ts";
import { qemuArguments } from "./qemu.ts";
import { openSession } from "./session.ts";
import { GuestStream } from "./stream.ts";
import { excerpt, inTrouble, tail } from "./trouble.ts";

export { vmUnavailable } from "./tools.ts";

export interface VmOptions {
  kernel: KernelName;
  command: readonly string[];
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** true: with the BPF LSM; false: Debian's list without it; or a list of one's own. */
  lsm?: boolean | string;
  cgroup?: "v2" | "v1" | "hybrid";
  smp?: number;
  memoryMb?: number;
  /** Count instructions: one processor, and CLOCK_MONOTONIC's nanoseconds are instructions. */
  icount?: boolean;
  /** Host directories that the VM may write into, at the same path. All else is a tmpfs overlay. */
  shares?: readonly string[];
  /** Modules to load besides those that the VM itself needs, such as `veth`. */
  modules?: readonly string[];
  timeoutMs?: number;
  onLine?: (line: string, stream: "stdout" | "stderr") => void;
  say?: Say;
}

export interface VmResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  seconds: number;
}

const WITHOUT_BPF = "landlock,lockdown,capability,yama";
const DEFAULT_TIMEOUT_MS = 300_000;

export async function runInVm(options: VmOptions): Promise<VmResult> {
  const chosen = await kernel(options.kernel, options.say);
  const archive = await initramfs(chosen, options.modules);
  const end = randomBytes(16).toString("hex");
  const streams = {
    stdout: new GuestStream(end, (line) => options.onLine?.(line, "stdout")),
    stderr: new GuestStream(end, (line) => options.onLine?.(line, "stderr")),
  };
  const lsm = options.lsm ?? true;
  const session = await openSession(options, end);
  try {
    const machine = qemuArguments({
      image: chosen.image,
      initramfs: archive,
      session,
      streams: Object.keys(streams),
      shares: options.shares ?? [],
      lsm: typeof lsm === "string" ? lsm : lsm ? `${WITHOUT_BPF},bpf` : WITHOUT_BPF,
      smp: options.icount ? 1 : (options.smp ?? 2),
      memoryMb: options.memoryMb ?? 3072,
      icount: options.icount ?? false,
    });
    const began = performance.now();
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const { failure, console } = await boot(machine, { session, streams, timeoutMs });
    const seconds = (performance.now() - began) / 1000;
    const { stdout, stderr } = streams;
    const problem = inTrouble(console) ? "the kernel reports trouble" : failure;
    if (problem !== undefined || stdout.exitCode === undefined) {
      throw new Error(
        `VM ${chosen.release}, ${options.command.join(" ")}: ${problem}\n` +
          `--- console\n${excerpt(console)}\n--- output\n${tail(stdout.text + stderr.text)}`,
      );
    }
    return { exitCode: stdout.exitCode, stdout: stdout.text, stderr: stderr.text, seconds };
  } finally {
    await rm(session, { recursive: true, force: true });
  }
}
