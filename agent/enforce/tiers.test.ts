/** What a kernel does about a denied act, of where its hooks are. */
import { expect, test } from "vitest";
import { kernelOf, unjudged } from "./tiers.ts";

const at = (fact: string, tier: string, hook: string) => ({ fact, kinds: [], tier, hook });
const lsm = [
  at("exec (before it runs)", "lsm", "lsm/bprm_check_security"),
  at("open", "lsm", "lsm/file_open"),
  at("connect", "lsm", "lsm/socket_connect"),
  at("mount", "fentry", "fmod_ret/security_sb_mount"),
];

test("hooks that refuse are named by how they do it", () => {
  const { exec, file, network, mount, ptrace } = kernelOf(lsm, true).tiers;
  expect([exec, file, network, mount, ptrace]).toEqual([
    ...["lsm", "lsm", "lsm", "fmod_ret", "none"],
  ]);
});

test("without them programs are ended, connections refused by their cgroup, and files told", () => {
  const tiers = [
    at("open", "sys_exit", "tp_btf/sys_exit"),
    at("connect", "cgroup", "cgroup/connect4"),
  ];
  const { exec, file, network } = kernelOf(tiers, true).tiers;
  expect([exec, file, network]).toEqual(["kill", "observe", "cgroup"]);
});

test("before 5.17 nothing that has a path or an address is judged, whatever hooks there are", () => {
  const { exec, file, network, runtime_socket, mount } = kernelOf(lsm, false).tiers;
  expect([exec, file, network, runtime_socket]).toEqual(Array(4).fill("unjudged"));
  expect(mount).toBe("fmod_ret");
});

test("what is not even told of is said by its name, and nothing where all is judged", () => {
  expect(unjudged(kernelOf(lsm, false))).toContain("of exec, file, network, runtime_socket: ");
  expect(unjudged(kernelOf(lsm, true))).toBeUndefined();
});
