/** Compiling: what each field becomes, who wins, and what is refused. */
import { describe, expect, it } from "vitest";
import { normalise } from "../normalise.ts";
import { parsePolicy } from "../parse.ts";
import { apiVersion, kind } from "../schema/policy.ts";
import { accessMask, type Act, type FileAccess } from "./act.ts";
import { actText } from "./act-text.ts";
import { digestInput } from "./canonical.ts";
import { compile, type Sources } from "./compile.ts";
import { judge, type Phase } from "./judge.ts";
import type { Learned, Need } from "./learned.ts";
import { tableLimits } from "./limits.ts";

const facts = {
  syscalls: new Set(["read", "write", "ptrace", "mount", "bpf", "unshare"]),
  capabilities: new Set(["CAP_CHOWN", "CAP_NET_ADMIN"]),
  nowMs: 0,
};

function policyOf(enforcement: object) {
  const spec = { selector: { matchLabels: { app: "web" } }, enforcement };
  const { policy, problems } = parsePolicy(
    { apiVersion, kind, metadata: { name: "web" }, spec },
    facts,
  );
  if (policy === undefined) throw new Error(JSON.stringify(problems));
  return normalise(policy);
}

function compiledOf(enforcement: object, sources: Partial<Sources> = {}) {
  const result = compile({ policy: policyOf(enforcement), nowMs: 0, ...sources });
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result.compiled;
}

const closed = { mode: "enforce", blockUnknown: true };
const learned = (...needs: readonly Need[]): Learned[] => needs.map((need) => ({ need }));
const file = (access: FileAccess, path: string): Act => ({ facet: "file", access, path });
const connect = (address: string, port: number, more: object = {}): Act => ({
  facet: "network",
  operation: "connect",
  protocol: "tcp",
  address,
  port,
  ...more,
});
const accept = (port: number, peer: string): Act => ({
  facet: "network",
  operation: "accept",
  protocol: "tcp",
  address: "0.0.0.0",
  port,
  peer,
});

const saying = (text: string): unknown =>
  expect.objectContaining({ says: expect.stringContaining(text) as unknown });

/** "allow by allowedPaths", "deny by unlisted" */
function verdicts(compiled: ReturnType<typeof compiledOf>, acts: readonly Act[], phase?: Phase) {
  return acts.map((act) => {
    const { outcome, by } = judge(compiled, act, phase);
    return `${actText(act)}: ${outcome} by ${by}`;
  });
}

describe("precedence", () => {
  const compiled = compiledOf(
    {
      ...closed,
      files: {
        deniedPaths: ["/srv/secret"],
        exceptions: [{ match: "/srv/x/**", reason: "migration" }],
        allowedPaths: ["/srv/*"],
      },
    },
    {
      learned: learned(
        { facet: "file", access: "read", path: "/srv/secret" },
        { facet: "file", access: "read", path: "/var/lib/a" },
      ),
    },
  );

  it("is deny, exception, allow, learned, and then the unlisted", () => {
    const paths = ["/srv/secret", "/srv/x/y", "/srv/a", "/var/lib/a", "/var/lib/b"];
    expect(paths.map((path) => judge(compiled, file("read", path)).by)).toEqual([
      "deny",
      "exception",
      "allow",
      "learned",
      "unlisted",
    ]);
    expect(judge(compiled, file("read", "/srv/secret"))).toMatchObject({
      outcome: "deny",
      action: "deny",
      entry: { rule: { from: "spec.enforcement.files.deniedPaths" } },
    });
  });

  it("is the same in every mode, and only the act that follows differs", () => {
    const policy = { ...closed, files: { deniedPaths: ["/a"] } };
    const modes = ["enforce", "alert", "monitor", "disabled"];
    const all = modes.map((mode) => compiledOf({ ...policy, mode }));
    expect(all.map((each) => judge(each, file("read", "/a")).action)).toEqual([
      "deny",
      "alert",
      "allow",
      "allow",
    ]);
    expect(new Set(all.map(digestInput)).size).toBe(1);
  });
});

describe("files", () => {
  it("that may be read only are never changed, whoever learned or excepted it", () => {
    const compiled = compiledOf(
      {
        ...closed,
        files: { readOnlyPaths: ["/usr/**"], exceptions: [{ match: "/usr/x", reason: "r" }] },
      },
      { learned: learned({ facet: "file", access: "write", path: "/usr/lib/a" }) },
    );
    expect(
      verdicts(compiled, [
        file("read", "/usr/lib/a"),
        file("exec", "/usr/lib/a"),
        file("write", "/usr/lib/a"),
        file("unlink", "/usr/x"),
        file("rename_to", "/usr/lib"),
      ]),
    ).toEqual([
      "file read /usr/lib/a: allow by allow",
      "file exec /usr/lib/a: allow by allow",
      "file write /usr/lib/a: deny by deny",
      "file unlink /usr/x: deny by deny",
      "file rename_to /usr/lib: deny by deny",
    ]);
  });

  it("are matched by whole names: a prefix ends at a slash, and * at the next", () => {
    const compiled = compiledOf({
      ...closed,
      files: { allowedPaths: ["/a/**", "/b/*", "/c"] },
    });
    const may = (path: string) => judge(compiled, file("read", path)).outcome === "allow";
    expect(["/a", "/a/x/y", "/b", "/b/x", "/c"].filter((path) => !may(path))).toEqual([]);
    expect(["/ab", "/b/x/y", "/bx", "/c/x", "/"].filter(may)).toEqual([]);
  });

  it("learned as a pattern: a wildcard is letters of one name, and no hidden one", () => {
    const pattern = [[""], ["data"], ["", ""], ["log-", ".txt"]];
    const compiled = compiledOf(closed, {
      learned: learned({ facet: "file", access: "read", pattern }),
    });
    const may = (path: string) => judge(compiled, file("read", path)).outcome === "allow";
    expect(may("/data/7/log-1.txt")).toBe(true);
    expect(
      ["/data/7/log-.txt", "/data/.x/log-1.txt", "/data/7/8/log-1.txt", "/data//log-1.txt"].filter(
        may,
      ),
    ).toEqual([]);
    expect(judge(compiled, file("write", "/data/7/log-1.txt")).outcome).toBe("deny");
  });

  it("of programs that may be run may be opened to run them, and no more", () => {
    const compiled = compiledOf({ ...closed, processes: { allowedBinaries: ["/bin/web"] } });
    const accesses: FileAccess[] = ["read", "exec", "write"];
    expect(accesses.map((access) => judge(compiled, file(access, "/bin/web")).outcome)).toEqual([
      "allow",
      "allow",
      "deny",
    ]);
  });

  it("whose path was cut are judged by that, and no entry is asked", () => {
    const unclear: Act = { facet: "file", access: "read", path: "/a", unclear: true };
    const files = { allowedPaths: ["/**"] };
    expect(judge(compiledOf({ ...closed, files }), unclear)).toMatchObject({
      outcome: "deny",
      by: "unclear",
    });
    const open = compiledOf({ mode: "enforce", files: { deniedPaths: ["/b"] } });
    expect(judge(open, unclear)).toMatchObject({ outcome: "tell", action: "allow" });
    expect(judge(compiledOf({ mode: "enforce" }), unclear).outcome).toBe("allow");
  });

  it("have one entry for all that one rule says of one path", () => {
    const { tables } = compiledOf(closed, {
      learned: learned(
        { facet: "file", access: "write", path: "/a" },
        { facet: "file", access: "read", path: "/a" },
      ),
    });
    expect(tables.file.entries).toMatchObject([{ access: accessMask("read", "write") }]);
  });
});

describe("programs", () => {
  const exec = (path: string, script?: string): Act => ({
    facet: "exec",
    path,
    ...(script !== undefined && { script }),
  });

  it("learned as the interpreter of a script run that script, and nothing else", () => {
    const compiled = compiledOf(closed, {
      learned: learned({ facet: "exec", path: "/bin/sh", script: "/app/start" }),
    });
    expect(
      verdicts(compiled, [
        exec("/bin/sh", "/app/start"),
        exec("/bin/sh"),
        exec("/bin/sh", "/tmp/evil"),
        exec("/bin/dash", "/app/start"),
      ]).map((line) => line.split(": ")[1]),
    ).toEqual(["allow by learned", "deny by unlisted", "deny by unlisted", "deny by unlisted"]);
  });

  it("as scripts need both: the script and its interpreter", () => {
    const compiled = compiledOf({
      ...closed,
      processes: { allowedBinaries: ["/bin/sh", "/app/**"], deniedBinaries: ["/app/bad"] },
    });
    expect(
      [exec("/bin/sh", "/app/a"), exec("/bin/sh", "/tmp/a"), exec("/bin/sh", "/app/bad")].map(
        (act) => judge(compiled, act).by,
      ),
    ).toEqual(["allow", "unlisted", "deny"]);
  });

  it("as scripts are as strong as the weaker of the two", () => {
    const compiled = compiledOf(
      {
        ...closed,
        processes: { allowedBinaries: ["/bin/sh"], exceptions: [{ match: "/app/a", reason: "r" }] },
      },
      { learned: learned({ facet: "exec", path: "/app/b" }) },
    );
    expect(
      [exec("/bin/sh", "/app/a"), exec("/bin/sh", "/app/b"), exec("/app/a", "/app/b")].map(
        (act) => judge(compiled, act).by,
      ),
    ).toEqual(["allow", "learned", "learned"]);
  });

  it("that were removed are known by no path, and a memfd only by its own name", () => {
    const compiled = compiledOf(
      { ...closed, processes: { allowedBinaries: ["/bin/web"] } },
      { learned: learned({ facet: "exec", path: "memfd:runtime" }) },
    );
    const gone = (path: string): Act => ({ facet: "exec", path, deleted: true });
    expect(
      ["/bin/web", "memfd:runtime", "memfd:other"].map((path) => judge(compiled, gone(path)).by),
    ).toEqual(["unlisted", "learned", "unlisted"]);
  });
});

describe("the network", () => {
  it("allows egress where port and peer hold both, each from its own list", () => {
    const compiled = compiledOf({
      ...closed,
      network: {
        allowedEgressPorts: [443, "53/udp"],
        allowedEgressCIDRs: ["10.0.0.0/8"],
        allowedDomains: ["*.example.org", "ours.net"],
      },
    });
    const may = (act: Act) => judge(compiled, act).outcome === "allow";
    expect(may(connect("10.1.2.3", 443))).toBe(true);
    expect(may(connect("::ffff:10.1.2.3", 443))).toBe(true);
    expect(may(connect("192.0.2.1", 443, { names: ["a.example.org"] }))).toBe(true);
    const not: Act[] = [
      connect("10.1.2.3", 80),
      connect("10.1.2.3", 53),
      connect("192.0.2.1", 443),
      connect("192.0.2.1", 443, { names: ["example.org", "a.example.org.evil"] }),
      connect("192.0.2.1", 443, { names: ["notours.net"] }),
      connect("2001:db8::1", 443),
    ];
    expect(not.filter(may)).toEqual([]);
  });

  it("denies a CIDR in both directions, and a port in its own", () => {
    const compiled = compiledOf({
      mode: "enforce",
      network: {
        deniedCIDRs: ["169.254.0.0/16"],
        deniedEgressPorts: [25],
        deniedIngressPorts: ["22"],
      },
    });
    const acts = [
      connect("169.254.169.254", 80),
      accept(80, "169.254.1.1"),
      connect("192.0.2.1", 25),
      accept(22, "192.0.2.1"),
      connect("192.0.2.1", 22),
      accept(25, "192.0.2.1"),
    ];
    expect(acts.map((act) => judge(compiled, act).by)).toEqual([
      "deny",
      "deny",
      "deny",
      "deny",
      "unlisted",
      "unlisted",
    ]);
  });

  it("knows who comes in by distance, and one's own address by itself", () => {
    const ports = [8080, 8080] as const;
    const compiled = compiledOf(closed, {
      learned: learned(
        {
          facet: "network",
          operation: "accept",
          protocol: "tcp",
          to: { kind: "distance", distance: "private" },
          ports,
        },
        {
          facet: "network",
          operation: "bind",
          protocol: "tcp",
          to: { kind: "range", range: "127.0.0.1" },
          ports,
        },
      ),
    });
    const bind = (address: string): Act => ({
      facet: "network",
      operation: "bind",
      protocol: "tcp",
      address,
      port: 8080,
    });
    const acts = [
      accept(8080, "10.0.0.9"),
      accept(8080, "192.0.2.1"),
      bind("127.0.0.1"),
      bind("0.0.0.0"),
    ];
    expect(acts.map((act) => judge(compiled, act).outcome)).toEqual([
      "allow",
      "deny",
      "allow",
      "deny",
    ]);
  });

  it.each([
    ["loopback", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]],
    ["private", ["10.1.1.1", "172.31.0.1", "192.168.1.1", "169.254.1.1", "100.64.0.1", "fd00::1"]],
    ["public", ["172.32.0.1", "100.128.0.1", "8.8.8.8", "2001:db8::1", "0.0.0.0"]],
  ] as const)("tells who is %s as the sensors do", (distance, peers) => {
    const compiled = compiledOf(closed, {
      learned: learned({
        facet: "network",
        operation: "accept",
        protocol: "tcp",
        to: { kind: "distance", distance },
        ports: [80, 80],
      }),
    });
    expect(peers.filter((peer) => judge(compiled, accept(80, peer)).outcome === "deny")).toEqual(
      [],
    );
    const others = ["127.0.0.1", "10.1.1.1", "8.8.8.8"].filter(
      (peer) => judge(compiled, accept(80, peer)).outcome === "allow",
    );
    expect(others).toHaveLength(1);
  });

  it("takes an exception as a decision names it: of one direction, or of both", () => {
    const compiled = compiledOf({
      ...closed,
      network: {
        exceptions: [
          { match: "tcp/10.0.0.1:443/out", reason: "r" },
          { match: "*:9000", reason: "r" },
          { match: "0.0.0.0/8", reason: "r" },
          { match: "0.0.0.0:7000/in", reason: "r" },
        ],
      },
    });
    const acts = [
      connect("0.0.0.1", 5),
      accept(5, "0.0.0.1"),
      accept(7000, "192.0.2.1"),
      connect("10.0.0.1", 443),
      connect("10.0.0.1", 443, { protocol: "udp" }),
      connect("192.0.2.1", 9000),
      accept(9000, "192.0.2.1"),
      accept(443, "10.0.0.1"),
    ];
    expect(acts.map((act) => judge(compiled, act).by)).toEqual([
      "exception",
      "unlisted",
      "exception",
      "exception",
      "unlisted",
      "exception",
      "exception",
      "unlisted",
    ]);
  });

  it("lets clients bind at a port of the kernel's choice, and nobody be served there", () => {
    const compiled = compiledOf({
      ...closed,
      network: { allowedIngressPorts: ["8080/tcp"], defaultAction: "deny" },
    });
    const at = (operation: "bind" | "listen", port: number): Act => ({
      facet: "network",
      operation,
      protocol: "tcp",
      address: "0.0.0.0",
      port,
    });
    const acts = [at("bind", 0), at("listen", 0), accept(0, "192.0.2.1"), at("bind", 40_000)];
    expect(acts.map((act) => judge(compiled, act).outcome)).toEqual([
      "allow",
      "deny",
      "deny",
      "deny",
    ]);
  });

  it("keeps the sockets of container runtimes apart, in the mode of the whole", () => {
    const unix = (path: string): Act => ({
      facet: "network",
      operation: "connect",
      protocol: "unix",
      path,
    });
    const compiled = compiledOf({
      ...closed,
      network: { mode: "monitor", defaultAction: "allow" },
    });
    expect(judge(compiled, unix("/run/docker.sock"))).toMatchObject({
      facet: "runtime_socket",
      action: "deny",
    });
    expect(judge(compiled, unix("/run/app.sock"))).toMatchObject({
      facet: "network",
      outcome: "allow",
    });
    const excepted = compiledOf({
      ...closed,
      network: { exceptions: [{ match: "unix//run/docker.sock/out", reason: "builds" }] },
    });
    expect(judge(excepted, unix("/run/docker.sock")).by).toBe("exception");
  });

  it("refuses what was learned without an address, by name", () => {
    const need: Need = {
      facet: "network",
      operation: "connect",
      protocol: "tcp",
      to: { kind: "range", range: "nowhere" },
      ports: [1, 1],
    };
    expect(compile({ policy: policyOf(closed), learned: learned(need), nowMs: 0 })).toEqual({
      problems: [saying("'nowhere'")],
    });
  });
});

describe("calls and what they lead to", () => {
  it("are judged by name, and a 32-bit one only by its own learning", () => {
    const compiled = compiledOf(
      { ...closed, syscalls: { allowedSyscalls: ["write"], deniedSyscalls: ["ptrace"] } },
      { learned: learned({ facet: "syscall", name: "read" }) },
    );
    const call = (name: string, compat?: true): Act => ({
      facet: "syscall",
      name,
      ...(compat && { compat }),
    });
    const acts = [call("read"), call("read", true), call("write", true), call("ptrace", true)];
    expect(acts.map((act) => judge(compiled, act).by)).toEqual([
      "learned",
      "unlisted",
      "allow",
      "deny",
    ]);
  });

  it("a call that is named speaks for the facet that has no fields", () => {
    const compiled = compiledOf({
      ...closed,
      syscalls: { allowedSyscalls: ["mount", "bpf"], deniedSyscalls: ["ptrace", "unshare"] },
    });
    const acts: Act[] = [
      { facet: "mount", object: "mount /mnt tmpfs" },
      { facet: "mount", object: "umount /mnt" },
      { facet: "bpf", object: "prog_load" },
      { facet: "ptrace", object: "ptrace_attach /bin/web" },
      { facet: "namespace", object: "unshare" },
      { facet: "module", object: "nf_tables" },
    ];
    expect(acts.map((act) => judge(compiled, act).by)).toEqual([
      "allow",
      "unlisted",
      "allow",
      "deny",
      "deny",
      "unlisted",
    ]);
  });
});

describe("time", () => {
  it("ends exceptions: those that are over are in no table, and the next end is told", () => {
    const enforcement = {
      ...closed,
      files: {
        exceptions: [
          { match: "/a", reason: "r", expires: "2030-01-01T00:00:00Z" },
          { match: "/b", reason: "r", expires: "2031-01-01T00:00:00Z" },
        ],
      },
    };
    const ends = [Date.UTC(2030, 0, 1), Date.UTC(2031, 0, 1)] as const;
    const before = compiledOf(enforcement, { nowMs: ends[0] - 1 });
    expect([before.expiresMs, before.tables.file.entries.length]).toEqual([ends[0], 2]);
    const after = compiledOf(enforcement, { nowMs: ends[0] });
    expect([after.expiresMs, after.tables.file.entries.length]).toEqual([ends[1], 1]);
    expect(judge(after, file("read", "/a")).outcome).toBe("deny");
  });

  it("lets what a person admitted through until it ends, in facets without fields too", () => {
    const need: Need = { facet: "mount", object: "mount /mnt tmpfs" };
    const admitted = [{ need, reason: "healing", expiresMs: 10 }];
    const act: Act = { facet: "mount", object: "mount /mnt tmpfs" };
    expect(judge(compiledOf(closed, { admitted, nowMs: 9 }), act)).toMatchObject({
      by: "exception",
      entry: { rule: { from: "admitted", reason: "healing" } },
    });
    expect(judge(compiledOf(closed, { admitted, nowMs: 10 }), act).outcome).toBe("deny");
  });

  it("takes what belongs to the start away when the instance is steady", () => {
    const need: Need = { facet: "file", access: "read", path: "/etc/key" };
    const compiled = compiledOf(closed, { learned: [{ need, startOnly: true }] });
    expect(judge(compiled, file("read", "/etc/key"), "start").outcome).toBe("allow");
    expect(judge(compiled, file("read", "/etc/key"), "steady").outcome).toBe("deny");
  });
});

describe("bounds", () => {
  const files = (count: number) =>
    learned(
      ...Array.from({ length: count }, (_, i): Need => {
        return { facet: "file", access: "read", path: `/data/${i}` };
      }),
    );

  it("holds 4 096 entries of a facet and more, and refuses what is too many by name", () => {
    expect(tableLimits.entries).toBeGreaterThanOrEqual(4_096);
    const full = compiledOf(closed, { learned: files(tableLimits.entries) });
    expect(full.tables.file.entries).toHaveLength(tableLimits.entries);
    const over = compile({
      policy: policyOf(closed),
      learned: files(tableLimits.entries + 1),
      nowMs: 0,
    });
    expect(over).toEqual({
      problems: [saying("facet file has 16385")],
    });
  });

  it("keeps ports and peers of egress as two lists, not as each with each", () => {
    const { tables } = compiledOf({
      ...closed,
      network: {
        allowedEgressPorts: Array.from({ length: 4_096 }, (_, i) => i + 1),
        allowedEgressCIDRs: Array.from({ length: 4_096 }, (_, i) => `10.0.${i >> 8}.${i & 255}`),
      },
    });
    expect(tables.network.entries).toHaveLength(1);
  });

  it("limits patterns on their own, because each is tried", () => {
    const pattern = (i: number): Need => ({
      facet: "file",
      access: "read",
      pattern: [[""], [`d${i}`], ["", ""]],
    });
    const many = Array.from({ length: tableLimits.patterns + 1 }, (_, i) => pattern(i));
    const result = compile({ policy: policyOf(closed), learned: learned(...many), nowMs: 0 });
    expect(result).toEqual({
      problems: [saying("257 patterns")],
    });
  });
});
