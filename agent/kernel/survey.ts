/**
 * Gathers what requirements.ts judges: asks the running kernel and reads what it says of itself.
 */
import { existsSync, readFileSync, statfsSync } from "node:fs";
import { release } from "node:os";
import { fileURLToPath } from "node:url";
import {
  BpfObject,
  kernelEnumValue,
  kernelHasMember,
  kernelHasType,
  probeHook,
  type HookKind,
} from "@pahlevan/native";
import { activeLsms } from "./active-lsms.ts";
import { again, askedAgain } from "./again.ts";
import { pidForKernel, procShows } from "./own-pid.ts";
import type { Answer, KernelSurvey } from "./requirements.ts";

const TRACEFS_MAGIC = 0x74726163;
const btfPath = "/sys/kernel/btf/vmlinux";

export function survey(cgroupV2: string | undefined): KernelSurvey {
  const btf = existsSync(btfPath);
  const pid = pidForKernel();
  const ask = (kind: HookKind, target: string) => askedAgain(() => probeHook(kind, target));
  return {
    release: release(),
    capabilities: effectiveCapabilities(),
    btf,
    bpf: ask("cgroup", "skb/egress"),
    tc: tcAnswer(),
    tracepoints: ask("tp_btf", "sys_enter"),
    fentry: ask("fentry", "security_file_open"),
    lsm: ask("lsm", "file_open"),
    structArguments: ask("fentry", "security_path_chown"),
    lsmBuilt: btf && kernelHasType("func", "bpf_lsm_file_open"),
    lsms: activeLsms(),
    memcgAccounting: btf && chargesMemcg(),
    memlockLimit: memlockLimit(),
    cgroupV2,
    pid,
    procIsHosts: pid !== undefined && procShows(pid),
    tracefs: isTracefs("/sys/kernel/tracing") || isTracefs("/sys/kernel/debug/tracing"),
    unprivilegedBpfDisabled: setting("/proc/sys/kernel/unprivileged_bpf_disabled"),
    lockdown: /\[(\w+)\]/.exec(contentOf("/sys/kernel/security/lockdown") ?? "")?.[1],
    bpfLoop: btf && kernelEnumValue("bpf_func_id", "BPF_FUNC_loop") !== undefined,
    // Only root may read it; where it is not to be read, it is taken to be on, as everywhere.
    jit: setting("/proc/sys/net/core/bpf_jit_enable") !== 0,
  };
}

/** Named `memcg` from 5.11 on, `objcg` from 6.1 on. */
function chargesMemcg(): boolean {
  return kernelHasMember("bpf_map", "memcg") || kernelHasMember("bpf_map", "objcg");
}

function tcAnswer(): Answer {
  const path = fileURLToPath(new URL("../../build/bpf/tc_probe.bpf.o", import.meta.url));
  try {
    again(() => {
      const object = new BpfObject(path);
      try {
        object.load();
      } finally {
        object.close();
      }
    });
    return { ok: true, code: "", reason: "" };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = "code" in error && typeof error.code === "string" ? error.code : "";
    return { ok: false, code, reason: error.message };
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // it is not there, or not for us: both are an answer
  }
}

function setting(path: string): number | undefined {
  const text = contentOf(path);
  return text === undefined ? undefined : Number(text);
}

function effectiveCapabilities(): bigint {
  const hex = /^CapEff:\s*([0-9a-f]+)/m.exec(contentOf("/proc/self/status") ?? "")?.[1];
  return BigInt(`0x${hex ?? "0"}`);
}

function memlockLimit(): number {
  const soft = /^Max locked memory\s+(\S+)/m.exec(contentOf("/proc/self/limits") ?? "")?.[1];
  return soft === undefined || soft === "unlimited" ? Infinity : Number(soft);
}

function isTracefs(path: string): boolean {
  try {
    return statfsSync(path).type === TRACEFS_MAGIC;
  } catch {
    return false;
  }
}
