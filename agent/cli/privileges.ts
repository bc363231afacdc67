/** Does this process have the rights to sense? If not: which are missing, and how to get them. */
import { readFileSync } from "node:fs";
import { EnvironmentError } from "./exit.ts";

const wanted: Readonly<Record<string, { readonly bit: number; readonly for: string }>> = {
  CAP_BPF: { bit: 39, for: "load programs and make maps" },
  CAP_PERFMON: { bit: 38, for: "attach to tracepoints and read kernel memory from programs" },
};
const all = { name: "CAP_SYS_ADMIN", bit: 21 };

export function missingRights(status = readFileSync("/proc/self/status", "utf8")): string[] {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
  const has = (bit: number) => (effective >> BigInt(bit)) % 2n === 1n;
  // Before 5.8 there was only the one that is for everything; it still stands for both.
  if (has(all.bit)) return [];
  return Object.entries(wanted).flatMap(([name, right]) => {
    return has(right.bit) ? [] : [`${name} (to ${right.for})`];
  });
}

export function expectRights(command: string): void {
  const missing = missingRights();
  if (missing.length === 0) return;
  const how =
    process.getuid?.() === 0
      ? "this root is in a container or a service that was not given them: give it those capabilities, or run on the host"
      : `run it as root: sudo pahlevan ${command}`;
  throw new EnvironmentError(`${command} lacks ${missing.join(" and ")}: ${how}`);
}
