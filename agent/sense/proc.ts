/** What /proc knows of a process that began before us, or whose exec was no first sight. */
import { open, readlink } from "node:fs/promises";
import type { ProcessKey, Text } from "@pahlevan/core/behaviour/event.ts";
import type { KnownProcess } from "@pahlevan/core/behaviour/process-table.ts";

/** USER_HZ: /proc counts start times in hundredths of a second on every architecture we know. */
const tickNs = 10_000_000n;
const argsBytes = 4096;

/** Undefined when the process is gone, or the pid is another's by now. */
export async function readProcess(key: ProcessKey): Promise<KnownProcess | undefined> {
  const folder = `/proc/${key.pid}`;
  try {
    const before = startTicks(await readStart(`${folder}/stat`));
    if (before !== key.startNs / tickNs) return undefined;
    const [cmdline, cwd, exe] = await Promise.all([
      readStart(`${folder}/cmdline`),
      readlink(`${folder}/cwd`, "buffer"),
      readlink(`${folder}/exe`, "buffer"),
    ]);
    // Asked again: what was read in between is only then this process'.
    if (startTicks(await readStart(`${folder}/stat`)) !== before) return undefined;
    return { ...key, args: argsOf(cmdline), cwd: textOf(cwd), exe: textOf(exe) };
  } catch {
    return undefined; // It ended meanwhile, or is a thread of the kernel.
  }
}

async function readStart(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(argsBytes);
    const { bytesRead } = await file.read(buffer, 0, argsBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Field 22; the name in field 2 may hold spaces and parentheses, so count from its end. */
function startTicks(stat: Buffer): bigint | undefined {
  const fields = stat.toString("latin1").split(")").at(-1)?.trim().split(" ");
  const ticks = fields?.[19];
  return ticks !== undefined && /^\d+$/.test(ticks) ? BigInt(ticks) : undefined;
}

function argsOf(cmdline: Buffer): Text[] {
  const args: Text[] = [];
  let from = 0;
  while (from < cmdline.length) {
    const nul = cmdline.indexOf(0, from);
    const to = nul < 0 ? cmdline.length : nul;
    args.push(textOf(cmdline.subarray(from, to)));
    from = to + 1;
  }
  return args;
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes: Buffer): Text {
  try {
    return { value: strict.decode(bytes) };
  } catch {
    const value = [...bytes].map((byte) =>
      byte >= 0x20 && byte < 0x7f && byte !== 0x5c
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).padStart(2, "0")}`,
    );
    return { value: value.join(""), escaped: true };
  }
}
