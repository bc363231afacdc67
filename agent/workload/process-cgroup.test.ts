import { expect, test } from "vitest";
import { cgroupIn, cgroupOfProcess } from "./process-cgroup.ts";

const hybrid = "4:cpu,cpuacct:/docker/a\n1:name=systemd:/docker/b\n0::/docker/c:d\n";

test.each([
  ["", "/docker/c:d"],
  ["cpuacct", "/docker/a"],
  ["name=systemd", "/docker/b"],
  ["pids", undefined],
])("of controller '%s' it is %s", (controller, path) => {
  expect(cgroupIn(hybrid, controller)).toBe(path);
});

test("a process that is not there is in none", () => {
  expect(cgroupOfProcess(2 ** 22 + 1, { mode: "v2" })).toBeUndefined();
});
