/** The judge of the attacks finds what is wrong with them. */
import { expect, it } from "vitest";
import type { Kernel } from "@pahlevan/core/policy/compile/kernel.ts";
import { broken } from "./kept.ts";

const told = "observe";
const nothing: Kernel["tiers"] = {
  exec: told,
  file: told,
  network: told,
  capability: told,
  runtime_socket: told,
  mount: told,
  ptrace: told,
  bpf: told,
  credential: told,
  module: told,
  namespace: told,
  io_uring: told,
};
const program = { facets: ["file", "exec"] } as const;
const stopped = { ended: "refused 1", counted: ["deny file"], told: ["deny file /a exec"] };
const killed = { ended: "killed 9", counted: ["kill exec"], told: ["kill exec /a exec"] };

it("is content where one of the facets was kept, in the way that this kernel has", () => {
  const lsm = { ...nothing, file: "lsm", exec: "lsm" } as const;
  expect(broken({ ...stopped, visitors: [] }, program, lsm)).toEqual([]);
  expect(broken({ ...killed, visitors: [] }, program, { ...nothing, exec: "kill" })).toEqual([]);
  expect(broken({ ...killed, visitors: [] }, program, lsm)).toHaveLength(2);
});

it("says what was done, who was reached, and what was not told", () => {
  const lsm = { ...nothing, network: "lsm" } as const;
  const through = { ended: "done", counted: [], told: [], visitors: ["tcp"] };
  expect(broken(through, { facets: ["network"] }, lsm)).toEqual([
    "it was done",
    "a stranger was reached by tcp",
    "not counted: deny network",
    "not told: deny network",
  ]);
});

it("asks where nothing can be kept that it is counted and told as what would have been", () => {
  const done = { ended: "done", visitors: ["tcp"] };
  const unseen = { ...done, counted: [], told: [] };
  const lacking = ["not counted: alert file or alert exec", "not told: alert file or alert exec"];
  expect(broken(unseen, program, nothing)).toEqual(lacking);
  expect(broken({ ...unseen, told: ["saw file /a"] }, program, nothing)).toEqual(lacking);
  const counted = { ...unseen, counted: ["alert file"] };
  expect(broken(counted, program, nothing)).toEqual(lacking.slice(1));
  expect(broken({ ...counted, told: ["alert file /a read"] }, program, nothing)).toEqual([]);
});
