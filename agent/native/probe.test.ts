/** Questions to the kernel: which hooks it takes, and which types it has. */
import { program } from "./test/build.ts";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as native from "./index.ts";

const { probeHook, kernelHasType, kernelHasMember, kernelEnumValue } = native;

test("hooks that every supported kernel has are there", () => {
  const yes = { ok: true, errno: 0, code: "", reason: "" };
  expect(probeHook("tp_btf", "sys_enter")).toEqual(yes);
  expect(probeHook("raw_tp", "sys_enter")).toEqual(yes);
  expect(probeHook("iter", "task")).toEqual(yes);
  expect(probeHook("iter", "bpf_map_elem")).toEqual(yes);
  expect(probeHook("cgroup", "connect4")).toEqual(yes);
  expect(probeHook("cgroup", "skb/ingress")).toEqual(yes);
});

test("a hook that is not there says what was looked for", () => {
  expect(probeHook("lsm", "no_such_hook")).toEqual({
    ...{ ok: false, errno: 2, code: "ENOENT" },
    reason: "the kernel's BTF has no bpf_lsm_no_such_hook",
  });
  expect(probeHook("raw_tp", "no_such_event")).toMatchObject({ ok: false, code: "ENOENT" });
  expect(probeHook("cgroup", "nothing")).toMatchObject({ ok: false, code: "EINVAL" });
  expect(probeHook("iter", "nothing")).toMatchObject({ ok: false, code: "ENOENT" });
});

test("an answer is either yes or a code and a sentence", () => {
  const asked = [
    probeHook("fentry", "security_file_open"),
    probeHook("fexit", "security_file_open"),
    probeHook("fmod_ret", "security_file_open"),
    probeHook("lsm", "file_open"),
    probeHook("kprobe", "security_file_open"),
    probeHook("tracepoint", "sched/sched_switch"),
  ];
  const sound = asked.filter((answer) =>
    answer.ok
      ? answer.errno === 0 && answer.reason === ""
      : answer.errno > 0 && answer.code.startsWith("E") && /: [A-Z]/.test(answer.reason),
  );
  expect(sound).toEqual(asked);
});

test("a tracepoint needs tracefs, and says so", () => {
  const answer = probeHook("tracepoint", "sched/sched_switch");
  const mounted = existsSync("/sys/kernel/tracing/events");
  expect(answer.reason).toContain(mounted ? "" : "tracefs is not mounted");
});

test("an addon that cannot be loaded says how to build it", () => {
  const env = { ...process.env, PAHLEVAN_NATIVE: program("broken") };
  const index = fileURLToPath(new URL("index.ts", import.meta.url));
  const child = spawnSync(process.execPath, [index], { env, encoding: "utf8" });
  expect(child.stderr).toMatch(/cannot load the native addon .*broken.*\nbuild it: make -C/s);
});

test("an unknown kind is refused with the kinds there are", () => {
  // @ts-expect-error: no such kind
  expect(() => probeHook("uprobe", "x")).toThrow("no hook kind uprobe; there are: lsm, fentry");
});

test("probing leaves no file descriptor behind", () => {
  const open = () => readdirSync("/proc/self/fd").length;
  probeHook("tp_btf", "sys_enter");
  const before = open();
  for (let i = 0; i < 20; i++) probeHook("tp_btf", "sys_enter");
  expect(open()).toBe(before);
});

test("kernel types, members and enumerators are known by name", () => {
  expect(kernelHasType("struct", "task_struct")).toBe(true);
  expect(kernelHasType("func", "task_struct")).toBe(false);
  expect(kernelHasType("typedef", "btf_trace_sys_enter")).toBe(true);
  expect(kernelHasMember("task_struct", "start_boottime")).toBe(true);
  expect(kernelHasMember("sock_common", "skc_daddr")).toBe(true); // in an anonymous struct
  expect(kernelHasMember("task_struct", "no_such_member")).toBe(false);
  expect(kernelHasMember("no_such_struct", "pid")).toBe(false);
  expect(kernelEnumValue("bpf_map_type", "BPF_MAP_TYPE_RINGBUF")).toBe(27);
  expect(kernelEnumValue("bpf_map_type", "NO_SUCH")).toBeUndefined();
  expect(kernelEnumValue("no_such_enum", "X")).toBeUndefined();
});

test("run statistics are counted while somebody asks for them", () => {
  const stats = native.enableRunStats();
  stats.close();
  stats.close();
  expect(native.versions.libbpf).toMatch(/^v\d/);
});
