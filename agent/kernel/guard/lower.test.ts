/** What a policy becomes in the kernel, and what of it cannot. */
import { expect, test } from "vitest";
import { accessMask, operationMask } from "@pahlevan/core/policy/compile/act.ts";
import { compile } from "@pahlevan/core/policy/compile/compile.ts";
import type {
  Compiled,
  FileEntry,
  IpEntry,
  NetworkEntry,
  Rank,
  Segments,
  Tables,
} from "@pahlevan/core/policy/compile/compiled.ts";
import type { Need } from "@pahlevan/core/policy/compile/learned.ts";
import { normalise } from "@pahlevan/core/policy/normalise.ts";
import { parsePolicy } from "@pahlevan/core/policy/parse.ts";
import { apiVersion, kind } from "@pahlevan/core/policy/schema/policy.ts";
import { readCidr } from "@pahlevan/core/policy/values/cidr.ts";
import { readBefore } from "@pahlevan/core/policy/values/read.ts";
import {
  facetValues,
  modeValues,
  policyLayout,
  reachValues,
  unlistedValues,
  useValues,
} from "../layout.gen.ts";
import { syscallsI386, syscallsX64 } from "../names/names.gen.ts";
import { lower, type Lowered } from "./lower.ts";
import { KernelModel } from "./model.ts";

const secret = new Uint8Array(16).fill(9);
const options = { secret, calls: { native: syscallsX64, compat: syscallsI386 }, generation: 42 };
const { offset } = policyLayout;

function compiled(enforcement: object, ...needs: Need[]): Compiled {
  const { policy, problems } = parsePolicy(
    { apiVersion, kind, metadata: { name: "p" }, spec: { selector: {}, enforcement } },
    { syscalls: new Set(), capabilities: new Set(), nowMs: 0 },
  );
  if (policy === undefined) throw new Error(JSON.stringify(problems));
  const learned = needs.map((need) => ({ need }));
  const made = compile({ policy: normalise(policy), learned, nowMs: 0 });
  if ("problems" in made) throw new Error(JSON.stringify(made.problems));
  return made.compiled;
}

const strict = { mode: "enforce", blockUnknown: true };

function withTables(tables: Partial<Tables>, base = compiled(strict)): Compiled {
  return { ...base, tables: { ...base.tables, ...tables } };
}

const rule = (rank: Rank) => ({ rank, from: "profile" });

function withPatterns(rank: Rank, ...patterns: Segments[]): Compiled {
  const entries = patterns.map((segments): FileEntry => ({
    rule: rule(rank),
    where: { extent: "pattern", segments: [[""], ...segments] },
    access: accessMask("read"),
  }));
  return withTables({ file: { unlisted: "deny", entries } });
}

function withNetwork(...entries: NetworkEntry[]): Compiled {
  return withTables({ network: { unlisted: "deny", entries } });
}

function lowered(tables: Compiled): Lowered {
  const lowering = lower(tables, options);
  if ("refused" in lowering) throw new Error(JSON.stringify(lowering.refused));
  return lowering.lowered;
}

const modelOf = (tables: Compiled) => new KernelModel(lowered(tables), secret);
const read = (path: string, tables: Compiled) =>
  modelOf(tables).file(Buffer.from(path), useValues.read, "steady");

test("modes, defaults and the generation stand in the header", () => {
  const policy = {
    mode: "enforce",
    files: { mode: "alert", defaultAction: "audit", deniedPaths: ["/etc/shadow"] },
    network: { mode: "disabled" },
  };
  const header = Buffer.from(lowered(compiled(policy)).header);
  expect(header.length).toBe(policyLayout.sizeBytes);
  expect(header.readUInt32LE(offset.generation)).toBe(42);
  const mode = (facet: keyof typeof facetValues) => header[offset.mode + facetValues[facet]];
  expect([mode("file"), mode("exec"), mode("network"), mode("mount")]).toEqual([
    ...[modeValues.alert, modeValues.enforce, modeValues.off, modeValues.enforce],
  ]);
  const unlisted = header.subarray(offset.unlisted, offset.unlisted + 16);
  expect([unlisted[facetValues.file], unlisted[facetValues.exec]]).toEqual([
    ...[unlistedValues.tell, unlistedValues.allow],
  ]);
  expect(header.readUInt32LE(offset.has_denies)).toBe(1 << facetValues.file);
});

test("names deeper than the header has bits for are still found", () => {
  const deep = `/${Array.from({ length: 80 }, (_, index) => `d${index}`).join("/")}`;
  const tables = compiled({ ...strict, files: { allowedPaths: [`${deep}/**`] } });
  expect([read(`${deep}/x/y`, tables), read("/d0", tables)]).toEqual(["allow", "deny"]);
  const children = compiled({ ...strict, files: { allowedPaths: [`${deep}/*`] } });
  expect([
    read(deep, children),
    read(`${deep}/x`, children),
    read(`${deep}/x/y`, children),
  ]).toEqual(["allow", "allow", "deny"]);
});

test("a pattern that cannot be looked up is left out by name where it allows", () => {
  const tables = withPatterns("learned", [["a", "b", "c"]], [["a", "c"]]);
  expect(lower(tables, options)).toMatchObject({
    shortfalls: [
      {
        facet: "file",
        says:
          "left out, because a part between two wildcards of one name cannot be looked up: " +
          "read of /a*b*c",
      },
    ],
  });
  expect([read("/abc", tables), read("/aXbYc", tables)]).toEqual(["allow", "allow"]);
  expect(read("/bc", tables)).toBe("deny");
});

test("where it denies, the policy is refused", () => {
  expect(lower(withPatterns("deny", [["a", "b", "c"]]), options)).toEqual({
    refused: [
      {
        facet: "file",
        says: "a part between two wildcards of one name cannot be looked up: read of /a*b*c",
      },
    ],
  });
});

test("what is switched off refuses nothing", () => {
  const tables = withPatterns("deny", [["a", "b", "c"]]);
  const off = { ...tables, modes: { ...tables.modes, file: "off" as const } };
  expect(lower(off, options)).toMatchObject({ shortfalls: [] });
});

test.each<[string, Segments]>([
  ["more than 6 wildcards", Array.from({ length: 7 }, () => ["a", ""])],
  ["bytes that are no UTF-8", [["\udce2", ""]]],
  ["no path is that long", [["a".repeat(200), "b".repeat(55)]]],
])("patterns end at %s", (why, pattern) => {
  const [shortfall] = shortfallsOf(withPatterns("learned", pattern));
  expect(shortfall).toContain(why);
});

function shortfallsOf(tables: Compiled): string[] {
  const lowering = lower(tables, options);
  return "refused" in lowering ? [] : lowering.shortfalls.map(({ says }) => says);
}

test("of too many shapes those with the most patterns stay", () => {
  const patterns = Array.from({ length: 17 }, (_, index): Segments[] => {
    const deep = Array.from({ length: index + 1 }, () => ["a"]);
    const one: Segments = [...deep, ["b", ""]];
    return index === 0 ? [one] : [one, [...deep, ["c", ""]]];
  });
  const tables = withPatterns("learned", ...patterns.flat());
  expect(shortfallsOf(tables)).toEqual([
    "left out, because the kernel takes 16 shapes: read of /a/b*",
  ]);
  expect([read("/a/bx", tables), read("/a/a/bx", tables)]).toEqual(["deny", "allow"]);
});

test("a pattern without a wildcard is a path", () => {
  expect(read("/a/b", withPatterns("learned", [["a"], ["b"]]))).toBe("allow");
});

test("what is around a wildcard counts by the byte", () => {
  const tables = withPatterns("learned", [["é", "ñ"]]);
  expect(["/éxñ", "/é☃ñ", "/éñ", "/éx"].map((path) => read(path, tables))).toEqual([
    ...["allow", "allow", "deny", "deny"],
  ]);
});

test("a thread's own files have its number, which no entry has; its process' own have not", () => {
  const own = compiled(strict, { facet: "file", access: "read", path: "/proc/self/maps" });
  expect(shortfallsOf(own)).toEqual([]);
  expect(read("/proc/self/maps", own)).toBe("allow");
  const path = "/proc/thread-self/maps";
  expect(shortfallsOf(compiled(strict, { facet: "file", access: "read", path }))).toEqual([
    "left out, because the kernel sees a thread's own files as /proc/self/task/NUMBER: " +
      "read of /proc/thread-self/maps",
  ]);
  const denied = compiled({ mode: "enforce", files: { deniedPaths: ["/proc/thread-self/mem"] } });
  expect(lower(denied, options)).toMatchObject({ refused: [{ facet: "file" }] });
});

test("one object of an operation stands for the operation, and that is said", () => {
  const needs: Need[] = [
    { facet: "mount", object: "mount /mnt tmpfs" },
    { facet: "bpf", object: "BPF_PROG_LOAD" },
    { facet: "module", object: "nf_tables" },
  ];
  const tables = compiled(strict, ...needs);
  const model = modelOf(tables);
  expect(["mount", "umount"].map((_, index) => model.number("mount", 8 + index, "steady"))).toEqual(
    ["allow", "deny"],
  );
  expect([5, 6].map((command) => model.number("bpf", command, "steady"))).toEqual([
    ...["allow", "deny"],
  ]);
  expect(model.number("module", 0, "steady")).toBe("allow");
  expect(shortfallsOf(tables)).toEqual([
    "held for its operation with whatever object: mount /mnt tmpfs",
    "held for any module: nf_tables",
  ]);
});

test("a list of names alone holds no peer, which is not any peer", () => {
  const tables = compiled({ ...strict, network: { allowedDomains: ["a.org"] } });
  expect(shortfallsOf(tables)).toEqual([
    "left out, because names are not known to the kernel: egress to a.org at any port",
  ]);
  const peer = { family: 4, address: [10, 0, 0, 1], distance: 1, port: 443, protocol: 6 } as const;
  expect(modelOf(tables).reach(peer, 1, "steady")).toBe("deny");
});

test("who binds has no peer, and who connects no address of its own", () => {
  const every = operationMask("connect", "send", "bind", "listen", "accept");
  const range = { bytes: [10, 0, 0, 0], bits: 8 };
  const entry = { kind: "ip", rule: rule("learned"), operations: every } as const;
  const address = { family: 4, address: [10, 0, 0, 1], distance: 1, port: 1, protocol: 6 } as const;
  const both = (tables: Compiled) =>
    [reachValues.connect, reachValues.bind].map((reach) =>
      modelOf(tables).reach(address, reach, "steady"),
    );
  expect(both(withNetwork({ ...entry, remote: { kind: "range", cidr: range } }))).toEqual([
    ...["allow", "deny"],
  ]);
  expect(both(withNetwork({ ...entry, local: range }))).toEqual(["deny", "allow"]);
});

test("a denied name refuses the policy", () => {
  const entry: IpEntry = {
    kind: "ip",
    rule: rule("deny"),
    operations: operationMask("connect"),
    remote: { kind: "name", name: "a.org" },
  };
  expect(lower(withNetwork(entry), options)).toMatchObject({ refused: [{ facet: "network" }] });
});

test("protocols past eight bits are held to be others, and unknown ones left out", () => {
  const at = (protocol: string): IpEntry => ({
    kind: "ip",
    rule: rule("learned"),
    operations: operationMask("connect"),
    protocol,
  });
  expect(shortfallsOf(withNetwork(at("mptcp"), at("carrier-pigeon")))).toEqual([
    "mptcp is held to be tcp: connect mptcp",
    "left out, because the kernel knows no protocol carrier-pigeon: connect carrier-pigeon",
  ]);
});

test("more sizes of ranges than the kernel asks for refuse the policy", () => {
  const entries = Array.from({ length: 65 }, (_, index): IpEntry => ({
    kind: "ip",
    rule: rule("learned"),
    operations: operationMask("connect"),
    remote: { kind: "range", cidr: readBefore(readCidr(`::/${index}`)) },
  }));
  expect(lower(withNetwork(...entries.slice(1)), options)).toHaveProperty("lowered");
  const refusing = lower(withNetwork(...entries), options);
  const [refused] = "refused" in refusing ? refusing.refused : [];
  expect(refused?.says).toContain("of 65 different sizes");
});
