/** Other dialects: what each becomes, and that nothing of it is dropped without a word. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPlain } from "../bounds.ts";
import { pathShown } from "../shown.ts";
import { convertPolicy } from "./convert.ts";

const names = {
  syscalls: new Set(["read", "write", "ptrace"]),
  capabilities: new Set(["CAP_NET_BIND_SERVICE"]),
  nowMs: 0,
  syscallName: (number: number) => ["read", "write"][number],
};

function converted(document: object) {
  const { document: written, remarks, reading } = convertPolicy(document, names);
  const errors = reading.problems.filter(({ severity }) => severity === "error");
  expect(errors).toEqual([]);
  const told = (kind: string) =>
    remarks.flatMap((remark) => (remark.kind === kind ? [pathShown(remark.path)] : []));
  return {
    spec: written["spec"],
    metadata: written["metadata"],
    lost: told("lost"),
    changed: told("changed"),
  };
}

const policy = (spec: object, more: object = {}) => ({
  apiVersion: "policy.pahlevan.io/v1alpha1",
  kind: "PahlevanPolicy",
  metadata: { name: "old", namespace: "default" },
  spec: { selector: { matchLabels: { app: "web" } }, ...more, ...spec },
});

describe("the dialect of learningConfig and enforcementConfig", () => {
  it("becomes this one, field by field", () => {
    const { spec, lost, changed } = converted(
      policy({
        learningConfig: {
          duration: "5m0s",
          windowSize: "30s",
          minSamples: 50,
          autoTransition: false,
        },
        enforcementConfig: {
          mode: "Blocking",
          gracePeriod: "1m",
          exceptions: [
            {
              type: "Network",
              patterns: ["10.0.0.1:443"],
              reason: "backup",
              expiresAt: "2030-01-01T00:00:00Z",
            },
            { type: "File", patterns: ["/tmp/*", "/a/*/b"], reason: "uploads", temporary: true },
          ],
        },
        syscallPolicy: {
          defaultAction: "Alert",
          allowedSyscalls: ["read", "nosuch"],
          deniedSyscalls: ["ptrace"],
          capabilityFilter: ["X"],
        },
        filePolicy: {
          defaultAction: "Deny",
          allowedPaths: ["/var/log/**"],
          writeAllowedPaths: ["/var/run/web.pid"],
          readOnlyPaths: ["/etc/web/*"],
          executableFilter: { allowedExecutables: ["/usr/bin/web"], requireSignature: true },
        },
        selfHealing: {
          enabled: true,
          rollbackThreshold: 5,
          rollbackWindow: "10m",
          recoveryStrategy: "Relax",
        },
      }),
    );
    expect(spec).toEqual({
      selector: { matchLabels: { app: "web" } },
      learning: { duration: "5m0s", minSamples: 50, autoTransition: false },
      enforcement: {
        mode: "enforce",
        blockUnknown: true,
        syscalls: { defaultAction: "audit", allowedSyscalls: ["read"], deniedSyscalls: ["ptrace"] },
        network: {
          exceptions: [
            { match: "10.0.0.1:443", reason: "backup", expires: "2030-01-01T00:00:00Z" },
          ],
        },
        files: {
          defaultAction: "deny",
          allowedPaths: ["/var/log/**", "/var/run/web.pid"],
          readOnlyPaths: ["/etc/web/*"],
          exceptions: [{ match: "/tmp/*", reason: "uploads" }],
        },
        processes: { allowedBinaries: ["/usr/bin/web"] },
      },
      selfHealing: {
        enabled: true,
        rollbackThreshold: 5,
        rollbackWindow: "10m",
        strategy: "gradual",
      },
    });
    expect(new Set(lost)).toEqual(
      new Set([
        "spec.learningConfig.windowSize",
        "spec.enforcementConfig.gracePeriod",
        "spec.enforcementConfig.exceptions[1].patterns[1]",
        "spec.syscallPolicy.allowedSyscalls[1]",
        "spec.syscallPolicy.capabilityFilter",
        "spec.filePolicy.executableFilter.requireSignature",
      ]),
    );
    expect(changed).toContain("spec.enforcementConfig.blockUnknown");
    expect(changed).toContain("spec.filePolicy.writeAllowedPaths");
    expect(changed).toContain("spec.selfHealing.recoveryStrategy");
  });

  it.each<[unknown, object, unknown]>([
    ["Off", {}, { mode: "disabled" }],
    [false, {}, { mode: "disabled" }],
    ["Monitoring", { blockUnknown: true }, { mode: "monitor", blockUnknown: true }],
    ["Blocking", { blockUnknown: false }, { mode: "enforce", blockUnknown: false }],
    ["Blocking", { alertOnly: true, blockUnknown: true }, { mode: "alert", blockUnknown: true }],
  ])("mode %s with %j means %j", (mode, more, meant) => {
    const { spec, lost } = converted(policy({ enforcementConfig: { mode, ...more } }));
    expect(spec).toMatchObject({ enforcement: meant });
    expect(lost).toEqual([]);
  });

  it("keeps rules of the network where they can be said, and tells where they got wider", () => {
    const rule = (port: number, cidr: string) => ({
      ports: [
        { port, protocol: "TCP" },
        { startPort: 8000, endPort: 8999 },
      ],
      peers: [{ ipBlock: { cidr, except: ["10.9.0.0/16"] } }],
      action: "Allow",
    });
    const { spec, lost, changed } = converted(
      policy({
        networkPolicy: {
          defaultAction: "Deny",
          allowDNS: true,
          egressRules: [
            rule(443, "10.0.0.0/8"),
            { peers: [{ podSelector: {} }], ports: [{ port: 53, protocol: "UDP" }] },
            { ports: [{ port: 25 }], action: "Deny" },
            {
              ports: [{ port: 1 }],
              peers: [{ ipBlock: { cidr: "192.0.2.0/24" } }],
              action: "Deny",
            },
          ],
          ingressRules: [{ protocols: ["TCP"], ports: [{ port: 8080 }] }],
        },
      }),
    );
    expect(spec).toMatchObject({
      enforcement: {
        network: {
          defaultAction: "deny",
          allowedEgressPorts: ["443/tcp", "8000-8999"],
          allowedIngressPorts: ["8080/tcp"],
          allowedEgressCIDRs: ["10.0.0.0/8"],
          deniedEgressPorts: [25],
          deniedCIDRs: ["10.9.0.0/16"],
        },
      },
    });
    expect(changed).toEqual(["spec.networkPolicy.egressRules[0]"]);
    expect(lost).toEqual([
      "spec.networkPolicy.egressRules[1].peers[0].podSelector",
      "spec.networkPolicy.egressRules[1]",
      "spec.networkPolicy.egressRules[3]",
      "spec.networkPolicy.allowDNS",
    ]);
  });
});

it("says so where several rules become one, and where a deny would deny more", () => {
  const out = (port: number, more: object = {}) => ({ ports: [{ port }], ...more });
  const { spec, lost, changed } = converted(
    policy({
      networkPolicy: {
        egressRules: [
          out(443),
          out(80),
          out(25, { action: "Deny", destination: "mail.example.org" }),
          { action: "Deny", peers: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }] },
        ],
      },
    }),
  );
  expect(spec).toMatchObject({ enforcement: { network: { allowedEgressPorts: [443, 80] } } });
  expect(JSON.stringify(spec)).not.toMatch(/denied/);
  expect(changed).toEqual(["spec.networkPolicy"]);
  expect(lost).toEqual(["spec.networkPolicy.egressRules[2]", "spec.networkPolicy.egressRules[3]"]);
});

describe("the dialect of the early examples", () => {
  it("keeps what it shares with this one, and says what becomes of the rest", () => {
    const { spec, lost, changed } = converted(
      policy({
        learning: {
          enabled: true,
          duration: "5m",
          confidence: 0.95,
          stabilizationWindow: "2m",
          maxSamples: 1000,
        },
        enforcement: {
          mode: "monitor",
          lsmEnabled: true,
          capabilities: ["NET_BIND_SERVICE", "CAP_NOSUCH"],
          processExecution: { allowedBinaries: ["/usr/sbin/nginx"] },
          syscalls: {
            defaultAction: "audit",
            allowedSyscallNumbers: [0, 1, 99],
            filters: [{ syscall: "open" }],
          },
          network: {
            allowedEgressPorts: [443],
            allowedDestinations: ["10.0.0.0/8", "example.org"],
            deniedDestinations: ["192.0.2.0/24", "evil.example"],
            rules: [
              { direction: "ingress", protocol: "tcp", portRange: "8000-8999", action: "allow" },
            ],
          },
          files: {
            protectedPaths: ["/etc/passwd"],
            rules: [
              { path: "/etc/ssl/*", operations: ["write", "delete"], action: "deny" },
              { path: "/data/*", operations: ["read", "write"], user: "web", action: "allow" },
            ],
          },
        },
        selfHealing: {
          enabled: true,
          maxRollbackAttempts: 3,
          strategies: [{ type: "emergency", action: "disable" }],
        },
        observability: {
          metrics: {
            enabled: true,
            interval: "30s",
            exporters: [{ type: "datadog", config: { apiKey: "${DD}" } }, { type: "grafana" }],
          },
          alerts: {
            rules: [{ name: "x" }],
            notifications: [
              { type: "slack", webhook: "${HOOK}", channel: "#a" },
              { type: "pagerduty", integrationKey: "${PD}" },
            ],
          },
        },
        attackSurface: { enabled: true },
      }),
    );
    expect(spec).toMatchObject({
      learning: { enabled: true, duration: "5m", quietPeriod: "2m", maxUnseenMass: 0.05 },
      enforcement: {
        mode: "monitor",
        capabilities: { allowed: ["NET_BIND_SERVICE"] },
        processes: { allowedBinaries: ["/usr/sbin/nginx"] },
        syscalls: { defaultAction: "audit", allowedSyscalls: ["read", "write"] },
        network: {
          allowedEgressPorts: [443],
          allowedEgressCIDRs: ["10.0.0.0/8"],
          allowedDomains: ["example.org"],
          deniedCIDRs: ["192.0.2.0/24"],
          allowedIngressPorts: ["8000-8999/tcp"],
        },
        files: { readOnlyPaths: ["/etc/ssl/*"] },
      },
      selfHealing: { enabled: true, strategy: "emergency" },
      observability: {
        metrics: { enabled: true, exporters: [{ type: "datadog", apiKey: "${DD}" }] },
        alerting: {
          channels: [
            { type: "slack", url: "${HOOK}", channel: "#a" },
            { type: "pagerduty", routingKey: "${PD}" },
          ],
        },
      },
    });
    expect(changed).toEqual(["spec.learning.stabilizationWindow", "spec.learning.confidence"]);
    expect(new Set(lost)).toEqual(
      new Set([
        "spec.learning.maxSamples",
        "spec.enforcement.lsmEnabled",
        "spec.enforcement.capabilities[1]",
        "spec.enforcement.syscalls.allowedSyscallNumbers[2]",
        "spec.enforcement.syscalls.filters",
        "spec.enforcement.network.deniedDestinations[1]",
        "spec.enforcement.files.protectedPaths",
        "spec.enforcement.files.rules[1]",
        "spec.selfHealing.maxRollbackAttempts",
        "spec.selfHealing.strategies[0].action",
        "spec.observability.metrics.interval",
        "spec.observability.metrics.exporters[1].type",
        "spec.observability.alerts.rules",
        "spec.attackSurface",
      ]),
    );
  });

  it("and this very dialect passes unchanged", () => {
    const same = policy({
      learning: { enabled: true, duration: "5m" },
      enforcement: {
        mode: "audit",
        canary: { steps: [1, "50%"] },
        network: { mode: "alert", exceptions: [{ match: "*:53", reason: "r" }] },
        capabilities: { denied: ["NET_BIND_SERVICE"] },
      },
      webhooks: [{ name: "a", url: "https://example.org", events: ["all"] }],
    });
    const { spec, lost, changed } = converted(same);
    expect({ spec, lost, changed }).toEqual({ spec: same.spec, lost: [], changed: [] });
  });
});

it("a ContainerProfile becomes a policy that allows what it holds, and only watches", () => {
  const { spec, lost } = converted({
    apiVersion: "policy.pahlevan.io/v1alpha1",
    kind: "ContainerProfile",
    metadata: { name: "web-abc", namespace: "default", uid: "1" },
    spec: { workload: { kind: "Deployment", name: "web" }, podName: "web-abc", node: "n" },
    status: {
      phase: "Enforcing",
      learnedSyscalls: [0, 1, 4242],
      learnedFiles: ["/etc/hosts", "/usr/bin/["],
      learnedNetworkDestinations: ["10.0.0.1:443", "16777343:5432", "0:443", "nonsense"],
      learnedExecutables: ["/usr/sbin/nginx", "./relative"],
      learnedCapabilities: ["NET_BIND_SERVICE"],
    },
  });
  expect(spec).toEqual({
    selector: { matchLabels: { app: "web" } },
    enforcement: {
      mode: "monitor",
      blockUnknown: true,
      syscalls: { allowedSyscalls: ["read", "write"] },
      network: {
        allowedEgressCIDRs: ["10.0.0.1/32", "127.0.0.1/32"],
        allowedEgressPorts: [443, 5432],
      },
      files: { allowedPaths: ["/etc/hosts", "/usr/bin/\\["] },
      processes: { allowedBinaries: ["/usr/sbin/nginx"] },
      capabilities: { allowed: ["NET_BIND_SERVICE"] },
    },
  });
  expect(lost).toEqual([
    "status.learnedSyscalls[2]",
    "status.learnedNetworkDestinations[2]",
    "status.learnedNetworkDestinations[3]",
    "status.learnedExecutables[1]",
  ]);
});

it("nothing is dropped without a word: every leaf is written or remarked on", () => {
  const word = fc.constantFrom(
    "learningConfig",
    "enforcement",
    "network",
    "rules",
    "files",
    "metrics",
    "exporters",
    "alerts",
    "odd",
    "peers",
    "ports",
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom("leaf"),
      tie("map"),
      fc.array(tie("map"), { maxLength: 2 }),
    ),
    map: fc.dictionary(word, tie("value"), { maxKeys: 3 }),
  }));
  const leaves = (each: unknown, path: (string | number)[]): (string | number)[][] => {
    if (Array.isArray(each)) return each.flatMap((item, index) => leaves(item, [...path, index]));
    if (isPlain(each))
      return Object.entries(each).flatMap(([key, item]) => leaves(item, [...path, key]));
    return each === "leaf" ? [path] : [];
  };
  fc.assert(
    fc.property(value, (odd) => {
      const document = policy({ odd, ...(isPlain(odd) ? odd : {}) });
      const { remarks } = convertPolicy(document, names);
      const said = remarks.map(({ path }) => JSON.stringify(path).slice(0, -1));
      const silent = leaves(document.spec, ["spec"]).filter((leaf) => {
        const text = JSON.stringify(leaf).slice(0, -1);
        return !said.some((each) => text.startsWith(each)) && leaf[1] !== "selector";
      });
      expect(silent).toEqual([]);
    }),
  );
});

it("whatever comes, converting ends", () => {
  fc.assert(
    fc.property(fc.anything(), (anything) => {
      const { reading } = convertPolicy({ kind: "PahlevanPolicy", spec: anything }, names);
      expect(reading.problems.length).toBeGreaterThan(0);
    }),
  );
});
