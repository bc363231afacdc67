/** Exports: what each tool is told, and that it is told when its words fall short. */
import { describe, expect, it } from "vitest";
import { compile } from "../compile/compile.ts";
import type { Learned, Need } from "../compile/learned.ts";
import { normalise } from "../normalise.ts";
import { parsePolicy } from "../parse.ts";
import { apiVersion, kind } from "../schema/policy.ts";
import { exportPolicy, formats, type Format } from "./export.ts";
import type { Source } from "./exported.ts";

const facts = {
  syscalls: new Set(["read", "write", "openat", "ptrace", "clone3"]),
  capabilities: new Set(["CAP_BPF", "CAP_CHOWN", "CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE"]),
  nowMs: 0,
};

const usual = { matchLabels: { app: "web" } };

function sourceOf(
  enforcement: object,
  needs: readonly Need[] = [],
  { startOnly = false, selector = usual }: { startOnly?: boolean; selector?: object } = {},
): Source {
  const spec = { selector, enforcement };
  const metadata = { name: "web", namespace: "shop" };
  const { policy: parsed, problems } = parsePolicy({ apiVersion, kind, metadata, spec }, facts);
  if (parsed === undefined) throw new Error(JSON.stringify(problems));
  const policy = normalise(parsed);
  const learned: Learned[] = needs.map((need) => ({ need, ...(startOnly && { startOnly }) }));
  const result = compile({ policy, learned, nowMs: 0 });
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return { policy, compiled: result.compiled };
}

const closed = { mode: "enforce", blockUnknown: true };

function exported(format: Format, source: Source) {
  const { documents, remarks } = exportPolicy(format, source, "x86_64");
  return { documents, remarks: remarks.join("\n"), text: JSON.stringify(documents) };
}

describe("seccomp", () => {
  it("allows what the policy and the runtime need, and answers ENOSYS where EPERM misleads", () => {
    const { documents, remarks } = exported(
      "seccomp",
      sourceOf(
        { ...closed, syscalls: { allowedSyscalls: ["openat"], deniedSyscalls: ["ptrace"] } },
        [
          { facet: "syscall", name: "listen" },
          { facet: "syscall", name: "ptrace" },
        ],
      ),
    );
    expect(documents).toMatchObject([
      {
        defaultAction: "SCMP_ACT_ERRNO",
        defaultErrnoRet: 1,
        architectures: ["SCMP_ARCH_X86_64"],
        syscalls: [
          {
            action: "SCMP_ACT_ALLOW",
            names: expect.arrayContaining(["execve", "listen", "openat"]) as unknown,
          },
          { action: "SCMP_ACT_ERRNO", names: ["clone3"], errnoRet: 38 },
        ],
      },
    ]);
    expect(JSON.stringify(documents)).not.toContain("ptrace");
    expect(remarks).toContain("what the runtime itself calls");
    expect(remarks).not.toContain("openat,");
  });

  it("only logs where the policy only watches, and says nothing twice", () => {
    const { documents } = exported("seccomp", sourceOf({ ...closed, mode: "monitor" }));
    expect(documents).toMatchObject([
      { defaultAction: "SCMP_ACT_LOG", syscalls: [{ action: "SCMP_ACT_ALLOW" }] },
    ]);
    const open = sourceOf({ mode: "enforce", syscalls: { deniedSyscalls: ["ptrace"] } });
    expect(exported("seccomp", open).documents).toMatchObject([
      {
        defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [{ names: ["ptrace"], action: "SCMP_ACT_ERRNO", errnoRet: 1 }],
      },
    ]);
  });

  it("knows the 32-bit table only where 32-bit calls were learned", () => {
    const source = sourceOf(closed, [{ facet: "syscall", name: "read", compat: true }]);
    expect(exported("seccomp", source).documents).toMatchObject([
      { architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"] },
    ]);
    expect(exportPolicy("seccomp", source, "aarch64").documents).toMatchObject([
      { architectures: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"] },
    ]);
  });

  it("says that a denied call keeps the runtime from starting", () => {
    const source = sourceOf({ ...closed, syscalls: { deniedSyscalls: ["openat"] } });
    const { remarks, text } = exported("seccomp", source);
    expect(remarks).toContain("it calls what is denied: openat");
    expect(text).not.toContain('"openat"');
  });
});

describe("AppArmor", () => {
  const source = sourceOf(
    {
      ...closed,
      files: {
        readOnlyPaths: ["/usr/**"],
        deniedPaths: ["/srv/\\[a\\]"],
        allowedPaths: ["/tmp/*"],
      },
      processes: { allowedBinaries: ["/bin/web"], deniedBinaries: ["/bin/sh"] },
      capabilities: { allowed: ["NET_BIND_SERVICE"], denied: ["NET_ADMIN"] },
    },
    [
      { facet: "file", access: "read", pattern: [[""], ["data"], ["", ".txt"]] },
      { facet: "file", access: "write", path: '/a "b"\nc' },
      {
        facet: "network",
        operation: "connect",
        protocol: "tcp",
        to: { kind: "range", range: "10.0.0.1" },
        ports: [443, 443],
      },
    ],
  );
  const { documents, remarks } = exported("apparmor", source);
  const [text] = documents;
  const lines = (typeof text === "string" ? text : "").split("\n").map((line) => line.trim());

  it("writes each rule in its own words", () => {
    expect(lines).toEqual(
      expect.arrayContaining([
        "profile pahlevan-shop-web flags=(attach_disconnected,mediate_deleted) {",
        "capability net_bind_service,",
        "deny capability net_admin,",
        "network inet stream,",
        "signal (send, receive) peer=pahlevan-shop-web,",
        "unix peer=(addr=none),",
        '"/bin/web{,/}" ix,',
        'deny "/bin/sh{,/}" x,',
        '"/usr{,/{,**}}" rm,',
        'deny "/usr{,/{,**}}" wl,',
        'deny "/srv/\\[a\\]{,/}" rwlmk,',
        '"/tmp{,/{,*,*/}}" rwlmk,',
        '"/data/[^./]*.txt" r,',
      ]),
    );
    expect(lines).not.toContain("network inet dgram,");
    expect(lines).not.toContain("capability,");
    expect(remarks).toContain("neither addresses nor ports");
  });

  it("lets no name of a file end its rule", () => {
    expect(lines).toContain('"/a \\"b\\"\\012c{,/}" w,');
  });

  it("complains only, unless every facet enforces", () => {
    const files = { mode: "monitor", deniedPaths: ["/srv"] };
    const watched = exported("apparmor", sourceOf({ ...closed, files }));
    expect(watched.text).toContain("complain");
    expect(watched.text).not.toContain("deny");
    expect(watched.remarks).toContain("denies are left out");
    expect(watched.remarks).toContain("only complains");
  });
});

describe("NetworkPolicy", () => {
  it("allows ports at peers, and cuts out what is denied", () => {
    const { documents, remarks } = exported(
      "networkpolicy",
      sourceOf({
        ...closed,
        network: {
          allowedEgressPorts: ["443/tcp"],
          allowedEgressCIDRs: ["10.0.0.0/8", "192.0.2.0/24"],
          deniedCIDRs: ["10.9.0.0/16", "192.0.2.0/23"],
          allowedIngressPorts: ["8000-8010/tcp"],
          deniedIngressPorts: ["8005/tcp"],
        },
      }),
    );
    const peers = [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.9.0.0/16"] } }];
    expect(documents).toMatchObject([
      {
        kind: "NetworkPolicy",
        metadata: { name: "web", namespace: "shop" },
        spec: {
          podSelector: { matchLabels: { app: "web" } },
          policyTypes: ["Egress", "Ingress"],
          egress: [{ to: peers, ports: [{ protocol: "TCP", port: 443 }] }],
          ingress: [
            {
              ports: [
                { protocol: "TCP", port: 8000, endPort: 8004 },
                { protocol: "TCP", port: 8006, endPort: 8010 },
              ],
            },
          ],
        },
      },
    ]);
    expect(remarks).not.toContain("name");
  });

  it("of names alone allows nothing, and not everybody", () => {
    const source = sourceOf({
      ...closed,
      network: { allowedEgressPorts: [443], allowedDomains: ["example.org"] },
    });
    const { documents, remarks } = exported("networkpolicy", source);
    expect(documents).toMatchObject([{ spec: { egress: [], ingress: [] } }]);
    expect(remarks).toContain("names cannot be said");
  });

  it("without a deny of the rest allows all but what is denied, in every protocol", () => {
    const source = sourceOf({ mode: "enforce", network: { deniedEgressPorts: ["25/tcp"] } });
    expect(exported("networkpolicy", source).documents).toMatchObject([
      {
        spec: {
          egress: [
            {
              ports: [
                { protocol: "TCP", port: 1, endPort: 24 },
                { protocol: "TCP", port: 26, endPort: 65_535 },
                { protocol: "UDP", port: 1, endPort: 65_535 },
                { protocol: "SCTP", port: 1, endPort: 65_535 },
              ],
            },
          ],
          ingress: [{}],
        },
      },
    ]);
  });

  it("keeps a port for everybody that is for everybody, whoever else was seen there", () => {
    const need: Need = {
      facet: "network",
      operation: "connect",
      protocol: "tcp",
      to: { kind: "range", range: "10.0.0.1" },
      ports: [80, 80],
    };
    const exceptions = [{ match: "tcp/*:80/out", reason: "r" }];
    const [document] = exported(
      "networkpolicy",
      sourceOf({ ...closed, network: { exceptions } }, [need]),
    ).documents;
    expect(document).toMatchObject({
      spec: { egress: [{ ports: [{ protocol: "TCP", port: 80 }] }] },
    });
    expect(JSON.stringify(document)).not.toContain("ipBlock");
  });

  it("gathers the learned peers of a port, and leaves loopback to the pod", () => {
    const connect = (range: string): Need => ({
      facet: "network",
      operation: "connect",
      protocol: "tcp",
      to: { kind: "range", range },
      ports: [5432, 5432],
    });
    const source = sourceOf(closed, [
      connect("10.0.0.1"),
      connect("10.0.0.2"),
      connect("127.0.0.1"),
    ]);
    expect(exported("networkpolicy", source).documents).toMatchObject([
      {
        spec: {
          egress: [
            {
              to: [{ ipBlock: { cidr: "10.0.0.1/32" } }, { ipBlock: { cidr: "10.0.0.2/32" } }],
              ports: [{ protocol: "TCP", port: 5432 }],
            },
          ],
        },
      },
    ]);
  });
});

describe("CiliumNetworkPolicy", () => {
  it("has denies and names of its own, and asks DNS for names", () => {
    const { documents, remarks } = exported(
      "ciliumnetworkpolicy",
      sourceOf({
        ...closed,
        network: {
          allowedEgressPorts: ["443/tcp"],
          allowedDomains: ["*.example.org", "example.org"],
          deniedCIDRs: ["10.9.0.0/16"],
          deniedIngressPorts: [22],
        },
      }),
    );
    expect(documents).toMatchObject([
      {
        spec: {
          endpointSelector: { matchLabels: { app: "web" } },
          enableDefaultDeny: { egress: true, ingress: true },
          egress: [
            {
              toFQDNs: [{ matchPattern: "**.example.org" }, { matchName: "example.org" }],
              toPorts: [{ ports: [{ port: "443", protocol: "TCP" }] }],
            },
            { toPorts: [{ rules: { dns: [{ matchPattern: "*" }] } }] },
          ],
          egressDeny: [{ toCIDRSet: [{ cidr: "10.9.0.0/16" }] }],
          ingressDeny: [
            { fromCIDRSet: [{ cidr: "10.9.0.0/16" }] },
            { fromEntities: ["all"], toPorts: [{ ports: [{ port: "22", protocol: "ANY" }] }] },
          ],
        },
      },
    ]);
    expect(remarks).toContain("outside the cluster");
  });

  it("denies nothing by default where the policy does not, and splits what is too long", () => {
    const ports = Array.from({ length: 41 }, (_, i) => i + 1);
    const source = sourceOf({ mode: "enforce", network: { allowedEgressPorts: ports } });
    const { documents } = exported("ciliumnetworkpolicy", source);
    expect(documents).toMatchObject([
      {
        spec: {
          enableDefaultDeny: { egress: false, ingress: false },
          egress: [{ toEntities: ["all"] }, { toEntities: ["all"] }],
          ingress: [{}],
        },
      },
    ]);
  });
});

describe("KubeArmor", () => {
  it("blocks by one policy and allows by another", () => {
    const { documents, remarks } = exported(
      "kubearmor",
      sourceOf(
        {
          ...closed,
          processes: { allowedBinaries: ["/bin/web"], deniedBinaries: ["/tmp/**"] },
          files: { readOnlyPaths: ["/etc/*"], allowedPaths: ["/data/**"] },
          capabilities: { denied: ["NET_ADMIN"] },
        },
        [{ facet: "exec", path: "/bin/sh", script: "/run.sh" }],
      ),
    );
    expect(documents).toMatchObject([
      {
        metadata: { name: "web-deny" },
        spec: {
          action: "Block",
          process: { matchDirectories: [{ dir: "/tmp/", recursive: true }] },
          file: { matchDirectories: [{ dir: "/etc/", readOnly: true }] },
          capabilities: { matchCapabilities: [{ capability: "net_admin" }] },
        },
      },
      {
        metadata: { name: "web-allow" },
        spec: {
          action: "Allow",
          process: { matchPaths: [{ path: "/bin/web" }] },
          file: {
            // The interpreter of one script may be opened, and run by nobody else (above).
            matchPaths: [
              { path: "/bin/sh", readOnly: true },
              { path: "/run.sh", readOnly: true },
              { path: "/bin/web", readOnly: true },
            ],
            matchDirectories: [
              { dir: "/data/", recursive: true },
              { dir: "/etc/", readOnly: true },
            ],
          },
        },
      },
    ]);
    expect(remarks).toContain("posture");
  });
});

describe("KubeArmor's own words", () => {
  const selecting = (...matchExpressions: object[]) =>
    exported(
      "kubearmor",
      sourceOf({ ...closed, files: { deniedPaths: ["/a"] } }, [], {
        selector: { matchExpressions },
      }),
    );

  it("select by labels as one text", () => {
    const { documents } = selecting({ key: "tier", operator: "In", values: ["front", "edge"] });
    const values = ["tier=front", "tier=edge"];
    expect(documents).toMatchObject([
      { spec: { selector: { matchExpressions: [{ key: "label", operator: "In", values }] } } },
    ]);
  });

  it.each([
    [[{ key: "tier", operator: "Exists" }]],
    [
      [
        { key: "tier", operator: "In", values: ["a"] },
        { key: "app", operator: "NotIn", values: ["b"] },
      ],
    ],
  ])("are silent rather than speak of other pods: %j", (expressions) => {
    const { documents, remarks } = selecting(...expressions);
    expect(documents).toEqual([]);
    expect(remarks).toContain("nothing is exported");
  });

  it("leave out what they would read otherwise, and say so", () => {
    const names = ["a b", "a*", "\udce9", "x,", '"', "a\nb", "a".repeat(201), "@{HOME}"];
    const needs = names.map((name): Need => ({ facet: "file", access: "read", path: `/${name}` }));
    const capabilities = { denied: ["CHOWN", "BPF"] };
    const { text, remarks } = exported("kubearmor", sourceOf({ ...closed, capabilities }, needs));
    expect(text).not.toContain('"file"');
    expect(text).not.toContain('"bpf"');
    expect(remarks).toContain("8 paths that KubeArmor would read otherwise are left out");
    expect(remarks).toContain("1 capabilities");
    expect(remarks).toContain("not so exec, file, network, capability");
  });
});

describe("Tetragon", () => {
  it("leaves out what its values cannot hold, and says so", () => {
    const files = { deniedPaths: [`/${"a/".repeat(150)}**`, `/${"b/".repeat(120)}**`] };
    const needs: Need[] = [{ facet: "file", access: "read", path: "/\udce9" }];
    const { text, remarks } = exported("tetragon", sourceOf({ ...closed, files }, needs));
    expect(text.isWellFormed()).toBe(true);
    expect(text).not.toMatch(/udce9|a\/a/);
    expect(text).toContain("/b/b");
    expect(remarks).toContain("2 paths are no UTF-8 or too long");
  });

  it("denies what is denied, and what is none of the allowed", () => {
    const { documents, remarks } = exported(
      "tetragon",
      sourceOf({
        ...closed,
        processes: { allowedBinaries: ["/bin/web", "/app/**"], deniedBinaries: ["/app/bad"] },
        files: { defaultAction: "allow", deniedPaths: ["/etc/shadow"], readOnlyPaths: ["/usr/**"] },
      }),
    );
    const matchActions = [{ action: "Override", argError: -1 }];
    expect(documents).toMatchObject([
      {
        spec: {
          podSelector: { matchLabels: { app: "web" } },
          lsmhooks: [
            {
              hook: "bprm_check_security",
              args: [{ index: 0, type: "linux_binprm" }],
              selectors: [
                { matchArgs: [{ operator: "Equal", values: ["/app/bad"] }], matchActions },
                {
                  matchArgs: [
                    { operator: "NotEqual", values: ["/app", "/bin/web"] },
                    { operator: "NotPrefix", values: ["/app/"] },
                  ],
                  matchActions,
                },
              ],
            },
            {
              hook: "file_open",
              selectors: [{ matchArgs: [{ operator: "Equal", values: ["/etc/shadow"] }] }],
            },
          ],
        },
      },
    ]);
    expect(remarks).toContain("1 paths that may only be read");
    expect(remarks).toContain("no rules for network, syscall, capability");
  });

  it("only tells where the policy does not enforce", () => {
    const source = sourceOf({ mode: "alert", processes: { deniedBinaries: ["/bin/sh"] } });
    expect(exported("tetragon", source).text).toContain('"action":"Post"');
  });
});

describe("Kyverno", () => {
  it("holds pods to the capabilities of the policy", () => {
    const { documents } = exported(
      "kyverno",
      sourceOf({ ...closed, capabilities: { allowed: ["CHOWN"], denied: ["NET_ADMIN"] } }),
    );
    expect(documents).toMatchObject([
      {
        kind: "Policy",
        metadata: { namespace: "shop" },
        spec: {
          rules: [
            {
              name: "capabilities-allowed",
              match: { any: [{ resources: { selector: { matchLabels: { app: "web" } } } }] },
              validate: { failureAction: "Enforce" },
            },
            { name: "not-privileged" },
            { name: "no-runtime-socket" },
          ],
        },
      },
    ]);
  });

  it("asks for the drop of what is denied and every runtime gives", () => {
    const source = sourceOf({
      mode: "enforce",
      capabilities: { denied: ["CHOWN", "NET_ADMIN"] },
    });
    const { text } = exported("kyverno", source);
    expect(text).toContain("add none of CHOWN, NET_ADMIN, and drop ALL or CHOWN");
  });

  it("says nothing of a policy that says nothing of pods", () => {
    const source = sourceOf({ mode: "enforce", files: { deniedPaths: ["/a"] } });
    const { documents, remarks } = exported("kyverno", source);
    expect(documents).toEqual([]);
    expect(remarks).toContain("no rules for file");
  });
});

it("selects no pods by what no pod has, and says so", () => {
  const selector = { matchLabels: { "pahlevan.io/image": "registry.test/web:7" } };
  const source = sourceOf(closed, [], { selector });
  for (const format of formats) {
    const { documents, remarks } = exported(format, source);
    const isOfHost = format === "seccomp" || format === "apparmor";
    expect(documents.length > 0).toBe(isOfHost);
    if (!isOfHost) expect(remarks).toContain("pahlevan.io/image: registry.test/web:7");
  }
});

it.each(formats)(
  "%s tells what has no word there: time, and the start of an instance",
  (format) => {
    const exception = { match: "/tmp/a", reason: "r", expires: "2030-01-01T00:00:00Z" };
    const call = { match: "read", reason: "r", expires: "2030-01-01T00:00:00Z" };
    const port = { match: "*:80/out", reason: "r", expires: "2030-01-01T00:00:00Z" };
    const source = sourceOf(
      {
        ...closed,
        files: { exceptions: [exception] },
        syscalls: { exceptions: [call] },
        network: { exceptions: [port] },
        capabilities: { allowed: ["CHOWN"] },
      },
      [
        { facet: "file", access: "read", path: "/etc/key" },
        { facet: "syscall", name: "write" },
        {
          facet: "network",
          operation: "connect",
          protocol: "tcp",
          to: { kind: "range", range: "10.0.0.1" },
          ports: [1, 1],
        },
      ],
      { startOnly: true },
    );
    const { remarks } = exported(format, source);
    if (format === "kyverno")
      expect(remarks).toContain("no rules for exec, file, network, syscall");
    else {
      expect(remarks).toContain("export again after 2030-01-01T00:00:00Z");
      expect(remarks).toContain("only while an instance starts");
    }
  },
);
