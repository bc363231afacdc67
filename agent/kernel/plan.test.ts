/** The best place that the kernel takes is chosen, and why not a better one is kept. */
import { kinds } from "@pahlevan/core/behaviour/event.ts";
import { BpfObject } from "@pahlevan/native";
import { afterAll, describe, expect, test } from "vitest";
import { facts, guards, type Hook } from "./hooks.ts";
import { kindValues } from "./layout.gen.ts";
import { objectPath } from "./load.ts";
import { hooksOf, plan, programAt, standInKinds, type Ask } from "./plan.ts";
import { tierRows } from "./tiers.ts";

const object = new BpfObject(objectPath());
const sections = new Map(object.programs.map(({ name, section }) => [name, section]));
afterAll(() => object.close());

const takesAll: Ask = () => undefined;
function refusing(...refused: readonly Hook["kind"][]): Ask {
  return ({ kind }) => (refused.includes(kind) ? `no ${kind} here` : undefined);
}
function tiersWith(ask: Ask, refused?: Map<string, string>) {
  const rows = tierRows(plan(facts, ask, refused));
  return Object.fromEntries(rows.map((row) => [row.fact, row.tier]));
}

describe("the table", () => {
  test("names every kind that the kernel can tell", () => {
    const told = new Set(facts.flatMap((fact) => fact.kinds));
    expect([...told].sort()).toEqual(Object.keys(kinds).sort());
  });

  test("names the programs of bpf/, each of them", () => {
    const named = [...facts, ...guards].flatMap((fact) =>
      fact.candidates.flatMap(({ hooks }) => hooks),
    );
    expect(new Set(named.map(({ program }) => program))).toEqual(new Set(sections.keys()));
  });

  test("puts each program first where it was compiled for", () => {
    const hooks = [...hooksOf(plan(facts, takesAll)).values()];
    const places = hooks.map(({ program, kind, target }) =>
      target.startsWith("skb/") ? [program, `cgroup_${target}`] : [program, `${kind}/${target}`],
    );
    expect(places).toEqual(hooks.map(({ program }) => [program, sections.get(program)]));
  });
});

describe("the choice", () => {
  test("LSM hooks where they work", () => {
    const tiers = tiersWith(takesAll);
    expect(tiers).toMatchObject({
      open: "lsm",
      connect: "lsm",
      capability: "lsm",
      fork: "tracepoint",
    });
  });

  test("the same functions by fentry where bpf is no LSM", () => {
    const choices = plan(facts, refusing("lsm"));
    const hooks = hooksOf(choices);
    expect(hooks.get("on_file_open")).toMatchObject({
      kind: "fmod_ret",
      target: "security_file_open",
    });
    expect(hooks.get("on_capable_answer")).toMatchObject({ kind: "fexit" });
    expect(hooks.has("on_sys_exit")).toBe(false);
  });

  test("cgroups, tracepoints and the end of system calls without trampolines", () => {
    const tiers = tiersWith(refusing("lsm", "fentry", "fmod_ret", "fexit"));
    expect(tiers).toMatchObject({
      open: "sys_exit",
      connect: "cgroup",
      "connect (unix)": "sys_exit",
      listen: "tracepoint",
      capability: "tracepoint",
    });
  });

  test("the program that stands in is told for which kinds, and only those", () => {
    const choices = plan(facts, ({ program, kind }) =>
      program === "on_rename" || (kind === "lsm" && program === "on_bpf") || kind === "fmod_ret"
        ? "no"
        : undefined,
    );
    expect(standInKinds(choices)).toBe(
      (1n << BigInt(kindValues.rename)) | (1n << BigInt(kindValues.bpf)),
    );
    expect(standInKinds(plan(facts, takesAll))).toBe(0n);
  });

  test("one program tells who listens and who comes in, and which of them no hook tells", () => {
    const bits = (ask: Ask) => {
      const choices = plan(facts, ask);
      expect(hooksOf(choices).has("on_socket_state")).toBe(true);
      const wanted = standInKinds(choices);
      return (["listen", "accept"] as const).filter(
        (kind) => (wanted >> BigInt(kindValues[kind])) & 1n,
      );
    };
    const tracepoints = refusing("lsm", "fentry", "fmod_ret", "fexit");
    expect(bits(tracepoints)).toEqual(["listen", "accept"]);
    expect(bits((hook) => (hook.asksSocket ? "v1" : tracepoints(hook)))).toEqual(["listen"]);
    expect(bits((hook) => (hook.program === "on_accepted" ? "v1" : undefined))).toEqual(["accept"]);
  });

  test("a place is none if one of its hooks is refused", () => {
    const tiers = tiersWith(({ target }) =>
      target === "path_truncate" ? "no such hook" : undefined,
    );
    expect(tiers).toMatchObject({ chmod: "fentry", open: "lsm" });
  });

  test("what the kernel refused after all is left out, for the next best", () => {
    const hook = hooksOf(plan(facts, takesAll)).get("on_file_open");
    const refused = new Map(hook ? [[programAt(hook), "R1 invalid mem access"]] : []);
    const row = tierRows(plan(facts, takesAll, refused)).find(({ fact }) => fact === "open");
    expect(row).toMatchObject({
      tier: "fentry",
      refused: [{ tier: "lsm", why: "R1 invalid mem access" }],
    });
  });

  test("where nothing is left the fact has no tier, and each refusal is told", () => {
    const row = tierRows(plan(facts, () => "EPERM")).find(({ fact }) => fact === "open");
    expect(row?.tier).toBeUndefined();
    expect(row?.refused.map(({ tier }) => tier)).toEqual(["lsm", "fentry", "sys_exit"]);
  });
});

test("of one kind the program that stands in tells all or nothing", () => {
  const noChown = tiersWith(({ program, kind }) =>
    program === "on_chown" ? `no ${kind}` : undefined,
  );
  expect(noChown).toMatchObject({ chmod: "lsm", chown: undefined });
  expect(tiersWith(refusing("lsm", "fmod_ret"))).toMatchObject({
    chmod: "sys_exit",
    chown: "sys_exit",
  });
});
