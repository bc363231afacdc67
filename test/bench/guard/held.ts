/** For what is counted: its cgroup held to a policy of every facet, among so many others. */
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { KernelTables } from "@pahlevan/agent/enforce/kernel-tables.ts";
import { compile } from "@pahlevan/core/policy/compile/compile.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import { normalise } from "@pahlevan/core/policy/normalise.ts";
import { parsePolicy } from "@pahlevan/core/policy/parse.ts";
import { apiVersion, kind } from "@pahlevan/core/policy/schema/policy.ts";
import { vocabulary } from "@pahlevan/agent/policies/vocabulary.ts";
import type { Sensors } from "../../../agent/kernel/sensors.ts";

export interface Load {
  readonly policies: number;
  /** Of files and of programs, each; one of them is everything. */
  readonly entries: number;
}

export function hold(sensors: Sensors, cgroup: string, { policies, entries }: Load): void {
  const kernel = new KernelTables(sensors);
  const compiled = everyFacet(entries);
  const rows = Array.from({ length: policies }, (_, at) => kernel.install(compiled, at + 1).row);
  // At the sight of its first process the kernel makes the instance.
  execFileSync("sh", ["-c", `echo $$ >${cgroup}/cgroup.procs && exec true`]);
  const instance = sensors.instanceOf(statSync(cgroup, { bigint: true }).ino);
  const row = rows.at(-1);
  if (instance === undefined || row === undefined || !kernel.hold(instance, row))
    throw new Error(`the kernel knows no instance in ${cgroup}`);
}

/** Nothing of what is counted is denied, and every facet is asked. */
export function everyFacet(entries: number): Compiled {
  const names = (folder: string) =>
    Array.from({ length: entries - 1 }, (_, at) => `/srv/${folder}/${at}/name`);
  const everywhere = ["/**"];
  const spec = {
    selector: {},
    learning: { enabled: false },
    enforcement: {
      mode: "enforce",
      files: { defaultAction: "deny", allowedPaths: [...everywhere, ...names("files")] },
      processes: { defaultAction: "deny", allowedBinaries: [...everywhere, ...names("bin")] },
      // What listens lets the kernel choose its port, which no list of ports has.
      network: { defaultAction: "allow", deniedCIDRs: ["192.0.2.0/24", "2001:db8::/32"] },
      syscalls: { deniedSyscalls: ["kexec_load"] },
      capabilities: { denied: ["CAP_SYS_BOOT"] },
    },
  };
  const document = { apiVersion, kind, metadata: { name: "bench" }, spec };
  const { policy, problems } = parsePolicy(document, { ...vocabulary, nowMs: 0 });
  const result = policy && compile({ policy: normalise(policy), nowMs: 0 });
  if (result === undefined || "problems" in result)
    throw new Error(JSON.stringify(result?.problems ?? problems));
  return result.compiled;
}
