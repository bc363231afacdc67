/** The examples of the original documents, written anew: they parse and mean what they say. */
import { expect, it } from "vitest";
import { normalise } from "./normalise.ts";
import { parsePolicy } from "./parse.ts";
import { problemText } from "./problem.ts";
import { apiVersion, kind, type PolicyDocument } from "./schema/policy.ts";

const facts = {
  syscalls: new Set(["read", "write", "open", "close", "ptrace", "process_vm_readv"]),
  capabilities: new Set<string>(),
  nowMs: 0,
};

function meaning(name: string, spec: unknown, namespace?: string) {
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  const { policy, problems } = parsePolicy({ apiVersion, kind, metadata, spec }, facts);
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(policy).toBeDefined();
  const warnings = problems.map((problem) => problemText(name, problem));
  return { warnings, ...(policy && { policy: normalise(policy) }) };
}

const selector = (labels: Record<string, string>) => ({ matchLabels: labels });

it("the first policy watches nginx, learns five minutes, and blocks nothing", () => {
  const { policy, warnings } = meaning(
    "nginx-security",
    {
      selector: selector({ app: "nginx" }),
      learning: { enabled: true, duration: "5m", autoTransition: true },
      enforcement: { mode: "monitor", blockUnknown: false },
      selfHealing: { enabled: true, rollbackThreshold: 5 },
    },
    "default",
  );
  expect(warnings).toEqual([]);
  expect(policy).toMatchObject({
    name: "nginx-security",
    namespace: "default",
    selector: { labels: { app: "nginx" }, expressions: [] },
    learning: { enabled: true, durationMs: 300_000, autoTransition: true },
    mode: "monitor",
    unlisted: "allow",
    facets: { exec: { mode: "monitor", unlisted: "allow" } },
    healing: { enabled: true, rollbackThreshold: 5 },
  });
});

it("the policy for development alerts, and waits for a person", () => {
  const { policy, warnings } = meaning("dev-policy", {
    selector: selector({ env: "development" }),
    learning: { duration: "10m", autoTransition: false },
    enforcement: { mode: "monitor", alertOnly: true },
  });
  expect(warnings).toEqual([]);
  expect(policy).toMatchObject({
    namespace: "host",
    learning: { enabled: true, durationMs: 600_000, autoTransition: false, lifecycleAware: true },
    mode: "alert",
    facets: { syscall: { mode: "alert" }, file: { mode: "alert" } },
  });
});

it("the policy for production denies what is unknown, in every facet", () => {
  const { policy, warnings } = meaning("prod-policy", {
    selector: selector({ env: "production" }),
    learning: { duration: "2m", minSamples: 100 },
    enforcement: {
      mode: "enforce",
      blockUnknown: true,
      syscalls: {
        defaultAction: "deny",
        allowedSyscalls: ["read", "write", "open", "close"],
        deniedSyscalls: ["ptrace", "process_vm_readv"],
      },
      network: { allowedEgressPorts: [80, 443, 5432], allowedIngressPorts: [8080] },
    },
    selfHealing: { enabled: true, rollbackThreshold: 3 },
  });
  expect(warnings).toEqual([]);
  const common = { mode: "enforce", unlisted: "deny", exceptions: [] };
  expect(policy).toMatchObject({
    learning: { durationMs: 120_000, minSamples: 100 },
    mode: "enforce",
    unlisted: "deny",
    facets: {
      syscall: {
        ...common,
        allowed: ["read", "write", "open", "close"],
        denied: ["ptrace", "process_vm_readv"],
      },
      network: {
        ...common,
        egressPorts: [
          { from: 80, to: 80 },
          { from: 443, to: 443 },
          { from: 5432, to: 5432 },
        ],
        ingressPorts: [{ from: 8080, to: 8080 }],
      },
      file: common,
      exec: common,
      capability: common,
    },
    healing: { rollbackThreshold: 3, rollbackWindowMs: 60_000 },
  });
});

it("Datadog's key is the environment's, and nobody is warned", () => {
  const { policy, warnings } = meaning("observed", {
    selector: selector({ app: "web" }),
    observability: { metrics: { exporters: [{ type: "datadog", apiKey: "${DD_API_KEY}" }] } },
  });
  expect(warnings).toEqual([]);
  expect(policy?.observability.metrics).toEqual({
    enabled: true,
    exporters: [
      {
        type: "datadog",
        apiKey: { from: "environment", variable: "DD_API_KEY" },
        site: "datadoghq.com",
      },
    ],
  });
});

it("webhooks get the events that they ask for", () => {
  const { policy, warnings } = meaning("hooked", {
    selector: selector({ app: "web" }),
    webhooks: [
      {
        name: "slack-alerts",
        url: "https://hooks.slack.com/webhook/...",
        events: ["violation", "policy-change"],
      },
      { name: "siem-integration", url: "https://siem.company.com/api/events", events: ["all"] },
    ],
  });
  expect(warnings).toEqual([]);
  expect(policy?.webhooks.map(({ name, events }) => [name, events])).toEqual([
    ["slack-alerts", ["violation", "policy-change"]],
    ["siem-integration", ["all"]],
  ]);
});

it.each([
  ["audit", "monitor"],
  ["disabled", "off"],
  ["monitor", "monitor"],
  ["alert", "alert"],
  ["enforce", "enforce"],
])("mode %s, of whatever document, means %s", (mode, meant) => {
  const { policy } = meaning("aliased", {
    selector: selector({ app: "web" }),
    enforcement: { mode, syscalls: { defaultAction: "audit" } },
  });
  expect(policy?.mode).toBe(meant);
  expect(policy?.facets.network.mode).toBe(meant);
  expect(policy?.facets.syscall.unlisted).toBe("audit");
});

it("a facet's own mode wins, and what it leaves out is the whole's", () => {
  const { policy } = meaning("mixed", {
    selector: selector({ app: "web" }),
    enforcement: { mode: "enforce", blockUnknown: true, files: { mode: "monitor" } },
  });
  expect(policy?.facets.file).toMatchObject({ mode: "monitor", unlisted: "deny" });
  expect(policy?.facets.exec).toMatchObject({ mode: "enforce", unlisted: "deny" });
});

it("every field of the contract is understood", () => {
  const spec: PolicyDocument["spec"] = {
    selector: {
      matchLabels: { app: "web" },
      matchExpressions: [{ key: "tier", operator: "In", values: ["front", "back"] }],
    },
    learning: {
      enabled: true,
      duration: "5m",
      minSamples: 100,
      autoTransition: true,
      lifecycleAware: true,
      quietPeriod: "2m",
      minInstances: 2,
      maxUnseenMass: 0.001,
    },
    enforcement: {
      mode: "alert",
      blockUnknown: true,
      alertOnly: true,
      syscalls: {
        mode: "monitor",
        defaultAction: "allow",
        allowedSyscalls: ["read"],
        deniedSyscalls: ["ptrace"],
        exceptions: [{ match: "write", reason: "INC-7", expires: "2027-01-31T18:00:00Z" }],
      },
      network: {
        allowedEgressPorts: [443, "8000-8999", "53/udp"],
        allowedIngressPorts: [8080],
        allowedEgressCIDRs: ["10.0.0.0/8", "2001:db8::/32"],
        deniedCIDRs: ["169.254.169.254/32"],
        allowedDomains: ["*.example.org"],
      },
      files: {
        allowedPaths: ["/var/log/app/**"],
        deniedPaths: ["/etc/shadow"],
        readOnlyPaths: ["/etc/**"],
      },
      processes: { allowedBinaries: ["/usr/sbin/nginx"], deniedBinaries: ["/bin/sh"] },
      capabilities: { allowed: [], denied: [] },
      canary: { steps: [1, "10%", "50%", "100%"], stepDuration: "5m" },
    },
    selfHealing: {
      enabled: true,
      rollbackThreshold: 5,
      rollbackWindow: "1m",
      strategy: "intelligent",
      recoveryTimeout: "5m",
    },
    observability: {
      metrics: {
        enabled: true,
        exporters: [
          { type: "prometheus" },
          { type: "otlp", endpoint: "http://collector:4317" },
          {
            type: "datadog",
            apiKey: { secretKeyRef: { name: "dd", key: "api" } },
            site: "datadoghq.eu",
          },
        ],
      },
      tracing: { enabled: true, endpoint: "https://tempo.example.org" },
      alerting: {
        channels: [
          { type: "slack", url: "${SLACK}", channel: "#ops" },
          { type: "pagerduty", routingKey: "${PAGERDUTY}" },
          { type: "email", to: ["ops@example.org"] },
          { type: "webhook", url: "https://example.org/hook" },
        ],
      },
    },
    webhooks: [{ name: "all", url: "https://example.org" }],
  };
  const { policy, warnings } = meaning("whole", spec);
  expect(warnings).toEqual([
    "policy whole: spec.enforcement.syscalls.defaultAction: allow takes this facet out of blockUnknown: unknown ones pass",
  ]);
  expect(policy?.facets.syscall.exceptions).toEqual([
    { match: "write", reason: "INC-7", expiresMs: Date.UTC(2027, 0, 31, 18) },
  ]);
  expect(policy?.observability.channels).toHaveLength(4);
});
