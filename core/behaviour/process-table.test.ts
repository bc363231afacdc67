import { describe, expect, it } from "vitest";
import type { ProcessFacts } from "./event.ts";
import { ProcessTable } from "./process-table.ts";

const facts = (pid: number, more: Partial<ProcessFacts> = {}): ProcessFacts => ({
  pid,
  startNs: 1n,
  tid: pid,
  comm: "x",
  uid: 0,
  gid: 0,
  ...more,
});

describe("the process table", () => {
  it("gives later records the arguments that the exec record carried", () => {
    const table = new ProcessTable(10);
    const exe = { value: "/bin/ls" };
    table.complete(
      facts(7, { exe, args: [{ value: "ls" }, { value: "-l" }], cwd: { value: "/" } }),
    );
    const later = table.complete(facts(7, { exe }));
    expect(later.args?.map(({ value }) => value)).toEqual(["ls", "-l"]);
    expect(later.cwd?.value).toBe("/");
  });

  it("does not give a new program the old one's arguments", () => {
    const table = new ProcessTable(10);
    table.complete(facts(7, { exe: { value: "/bin/sh" }, args: [{ value: "sh" }] }));
    expect(table.complete(facts(7, { exe: { value: "/bin/ls" } })).args).toBeUndefined();
  });

  it("takes a pid with another start time for another process", () => {
    const table = new ProcessTable(10);
    table.complete(facts(7, { exe: { value: "/bin/ls" }, args: [{ value: "ls" }] }));
    expect(table.complete(facts(7, { startNs: 2n })).args).toBeUndefined();
  });

  it("forgets the least recently used, and counts it", () => {
    const table = new ProcessTable(2);
    const named = (pid: number) => facts(pid, { exe: { value: `/${pid}` } });
    table.complete(named(1));
    table.complete(named(2));
    table.find({ pid: 1, startNs: 1n });
    table.complete(named(3));
    expect(table.find({ pid: 2, startNs: 1n })).toBeUndefined();
    expect(table.find({ pid: 1, startNs: 1n })?.exe?.value).toBe("/1");
    expect(table.evicted).toBe(1);
  });

  it("names the parent's program and walks up, not for ever", () => {
    const table = new ProcessTable(10);
    table.complete(facts(1, { exe: { value: "/init" }, parent: { pid: 2, startNs: 1n } }));
    table.complete(facts(2, { exe: { value: "/sh" }, parent: { pid: 1, startNs: 1n } }));
    const child = table.complete(facts(3, { parent: { pid: 2, startNs: 1n } }));
    expect(child.parent?.exe?.value).toBe("/sh");
    expect(table.ancestors(child, 5).map(({ pid }) => pid)).toEqual([2, 1, 2, 1, 2]);
  });
});
