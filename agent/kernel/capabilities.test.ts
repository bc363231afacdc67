/**
 * What `debug system-capabilities` says: first the line that is a promise, then what is missing and
 * what would help.
 */
import { expect, test } from "vitest";
import { capabilitiesFrom, capabilitiesText } from "./capabilities.ts";
import { facts } from "./hooks.ts";
import { plan } from "./plan.ts";
import { requirements, type KernelSurvey } from "./requirements.ts";
import { tierRows } from "./tiers.ts";

const yes = { ok: true, code: "", reason: "" };
const no = (code: string) => ({ ok: false, code, reason: `load: ${code}` });
const allRights = (1n << 41n) - 1n;

const good: KernelSurvey = {
  release: "6.12.1",
  capabilities: allRights,
  btf: true,
  bpf: yes,
  tc: yes,
  tracepoints: yes,
  fentry: yes,
  lsm: yes,
  structArguments: yes,
  lsmBuilt: true,
  lsms: ["lockdown", "capability", "bpf"],
  memcgAccounting: true,
  memlockLimit: 8 << 20,
  cgroupV2: "/sys/fs/cgroup",
  pid: 42,
  procIsHosts: true,
  tracefs: true,
  unprivilegedBpfDisabled: 2,
  lockdown: "none",
  bpfLoop: true,
  jit: true,
};

function judged(name: string, part: Partial<KernelSurvey>) {
  return requirements({ ...good, ...part }).find((each) => each.name === name);
}
function text(part: Partial<KernelSurvey> = {}, ask = (): string | undefined => undefined): string {
  return capabilitiesText(capabilitiesFrom({ ...good, ...part }, tierRows(plan(facts, ask))));
}

test("the first line is the promised one", () => {
  expect(text().split("\n")[0]).toBe("eBPF=true, TC=true, Tracepoints=true");
  const without = text({ tc: no("EPERM"), tracepoints: no("EPERM") });
  expect(without.split("\n")[0]).toBe("eBPF=true, TC=false, Tracepoints=false");
});

test("then a line for each fact, with its tier and hooks", () => {
  const lines = text().split("\n");
  expect(lines.slice(1, 1 + facts.length).map((line) => line.split(/ {2,}/)[0])).toEqual(
    facts.map(({ name }) => name),
  );
  expect(lines).toContainEqual(expect.stringMatching(/^open +lsm +lsm\/file_open$/));
});

test("a fact that is not seen says none, and a reason is told once for all it concerns", () => {
  const report = text({}, () => "EPERM");
  expect(report).toMatch(/^exec +none$/m);
  expect(report.match(/^ {2}lsm: EPERM$/gm)).toHaveLength(1);
});

test("a machine that has everything lacks nothing", () => {
  expect(requirements(good).filter(({ state }) => state !== "fine")).toEqual([]);
});

test("the LSM that is built but not active comes with the command line that makes it so", () => {
  expect(judged("BPF LSM", { lsms: ["lockdown", "capability"] })).toEqual({
    name: "BPF LSM",
    state: "worse",
    says: "kernel has CONFIG_BPF_LSM but `bpf` is not in the active list (lockdown,capability)",
    advice: "add lsm=lockdown,capability,bpf to the kernel's command line and reboot",
  });
  expect(judged("BPF LSM", { lsmBuilt: false })?.says).toContain("without CONFIG_BPF_LSM");
  expect(judged("BPF LSM", { lsms: undefined })?.advice).toContain("mount -t securityfs");
});

test("a kernel without trampolines says why: forbidden, or not there for the architecture", () => {
  expect(judged("fentry", { fentry: no("EPERM") })?.advice).toContain("the kernel's own rule");
  expect(judged("fentry", { fentry: no("ENOTSUPP") })?.advice).toContain("arm64: from 6.0 on");
});

test("chown that cannot be seen is told with why, and from which kernel on it can", () => {
  const reason = "load: Invalid argument (… arg1 type STRUCT is unsupported.)";
  const structArguments = { ok: false, code: "EINVAL", reason };
  const told = judged("struct arguments", { structArguments });
  expect(told?.says).toContain("changes of owner (chown) are not seen");
  expect(told?.advice).toBe("a newer kernel: 6.1 or later, on arm64 6.5 or later");
  // Without trampolines the ends of system calls tell of it; without such a function nobody asks.
  expect(judged("struct arguments", { structArguments, fentry: no("EPERM") })).toBeUndefined();
  expect(judged("struct arguments", { structArguments: no("ENOENT") })).toBeUndefined();
});

test("a pid namespace is told with what is then missing", () => {
  expect(judged("processes", {})?.says).toContain("own is 42");
  const within = judged("processes", { procIsHosts: false });
  expect(within?.says).toContain("told without its arguments");
  expect(within?.advice).toContain("hostPID");
  const unknown = judged("processes", { pid: undefined, procIsHosts: false });
  expect(unknown?.state).toBe("worse");
  expect(unknown?.says).toContain("it will tell of what it does itself");
});

test("missing rights are named one by one, and what EPERM hides is not judged", () => {
  const part = { capabilities: 1n << 39n, fentry: no("EPERM") };
  expect(judged("rights", part)).toMatchObject({
    state: "missing",
    says:
      "no CAP_PERFMON (to attach to tracepoints and read kernel memory), " +
      "no CAP_NET_ADMIN (to attach to cgroups' sockets)",
  });
  expect(judged("fentry", part)).toBeUndefined();
  expect(judged("rights", { capabilities: 1n << 21n })?.state).toBe("fine");
});

test.each([
  ["BTF", { btf: false }, "missing", "CONFIG_DEBUG_INFO_BTF=y"],
  ["cgroup v2", { cgroupV2: undefined }, "worse", "mount -t cgroup2"],
  ["memory for maps", { memcgAccounting: false }, "worse", "LimitMEMLOCK=infinity"],
  ["TC", { tc: no("EINVAL") }, "worse", "CONFIG_NET_CLS_ACT"],
  ["tracepoints", { tracepoints: no("ENOENT") }, "missing", "CONFIG_BPF_EVENTS"],
  ["JIT", { jit: false }, "worse", "net.core.bpf_jit_enable=1"],
  ["lockdown", { lockdown: "confidentiality" }, "missing", "lockdown=integrity"],
  ["unprivileged bpf()", { unprivilegedBpfDisabled: 0 }, "worse", "unprivileged_bpf_disabled=2"],
  ["tracefs", { tracefs: false }, "fine", "mount -t tracefs"],
] as const)("%s: what it means and what to do", (name, part, state, advice) => {
  const requirement = judged(name, part);
  expect(requirement?.state).toBe(state);
  expect(requirement?.advice).toContain(advice);
});

test("a limit on locked memory is fine where it is high enough, or where nothing counts against it", () => {
  expect(judged("memory for maps", { memcgAccounting: false, memlockLimit: Infinity })?.state).toBe(
    "fine",
  );
  expect(judged("memory for maps", { memlockLimit: 0 })?.state).toBe("fine");
});

test("what a denied act meets is said facet by facet", () => {
  const report = capabilitiesFrom(good, tierRows(plan(facts, () => undefined)));
  const lines = capabilitiesText(report, [["exec", "kill", "the caller is killed"]]).split("\n");
  const at = lines.indexOf("What a policy denies:");
  expect(lines[at + 1]).toMatch(/^ {2}exec +kill +the caller is killed$/);
});
