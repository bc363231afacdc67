/** Bad policies: the path, what is wrong, the nearest right name; and hostile ones, in bounds. */
import { describe, expect, it } from "vitest";
import { limits } from "./bounds.ts";
import { parsePolicy } from "./parse.ts";
import { problemText } from "./problem.ts";
import { apiVersion, kind } from "./schema/policy.ts";

const facts = {
  syscalls: new Set(["read", "write", "ptrace", "execve"]),
  capabilities: new Set(["CAP_NET_ADMIN", "CAP_SYS_ADMIN"]),
  nowMs: Date.UTC(2026, 10, 21),
};

function said(document: unknown): string[] {
  const { name, policy, problems } = parsePolicy(document, facts);
  expect(policy === undefined).toBe(problems.some(({ severity }) => severity === "error"));
  return problems.map((problem) => `${problem.severity}: ${problemText(name, problem)}`);
}

const selector = { matchLabels: { app: "nginx" } };
const policyOf = (spec: unknown, more: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name: "nginx" },
  spec: { selector, ...(typeof spec === "object" ? spec : {}) },
  ...more,
});
const saidOf = (spec: object) => said(policyOf(spec));
const enforcing = (enforcement: object) => saidOf({ enforcement });

describe("a field that there is not", () => {
  it.each([
    [
      { enforcement: { network: { allowedEgresPorts: [80] } } },
      "spec.enforcement.network.allowedEgresPorts: unknown field; did you mean allowedEgressPorts?",
    ],
    [{ enforcment: {} }, "spec.enforcment: unknown field; did you mean enforcement?"],
    [{ mode: "enforce" }, "spec.mode: unknown field; did you mean spec.enforcement.mode?"],
    [
      { enforcement: { allowedBinaries: [] } },
      "spec.enforcement.allowedBinaries: unknown field; did you mean spec.enforcement.processes.allowedBinaries?",
    ],
    [
      { learningConfig: {} },
      "spec.learningConfig: unknown field; it is of another dialect, which pahlevan policy convert reads",
    ],
    [
      { learning: { frequency: 3 } },
      "spec.learning.frequency: unknown field; there are enabled, duration, minSamples, autoTransition, lifecycleAware, quietPeriod, minInstances, maxUnseenMass",
    ],
    [
      { webhooks: [{ name: "a", url: { secretKeyRef: { name: "s", key: "k", optional: true } } }] },
      "spec.webhooks[0].url.secretKeyRef.optional: unknown field; there are name, key",
    ],
    [
      { enforcement: { files: { exceptions: [{ match: "/a", reason: "b", expire: "c" }] } } },
      "spec.enforcement.files.exceptions[0].expire: unknown field; did you mean expires?",
    ],
  ])("%j is named, with its path and the right one", (spec, message) => {
    expect(saidOf(spec)).toContain(`error: policy nginx: ${message}`);
  });

  it("in the status is ignored, and said", () => {
    expect(said(policyOf({}, { status: { phase: "Learning", phaze: 1 } }))).toEqual([
      "warning: policy nginx: status.phaze: unknown field; did you mean phase? (it is ignored)",
    ]);
  });
});

describe("a value that is wrong", () => {
  it.each<[object, string]>([
    [{ mode: "enforced" }, "mode: is 'enforced'; did you mean enforce?"],
    [
      { mode: "block" },
      "mode: is 'block'; it takes one of monitor, alert, enforce, audit, disabled",
    ],
    [{ mode: false }, "mode: is false; it takes one of monitor"],
    [{ mode: null }, "mode: is empty; it takes one of monitor"],
    [{ blockUnknown: "yes" }, "blockUnknown: is 'yes'; it takes true or false"],
    [{ network: { allowedEgressPorts: 80 } }, "network.allowedEgressPorts: is 80; it takes a list"],
    [
      { network: { allowedEgressPorts: [70_000] } },
      "network.allowedEgressPorts[0]: is 70000; it takes a port",
    ],
    [
      { network: { allowedEgressPorts: ["9-8"] } },
      "network.allowedEgressPorts[0]: is '9-8'; the range ends before it begins",
    ],
    [
      { network: { deniedCIDRs: ["10.1.0.0/8"] } },
      "network.deniedCIDRs[0]: is '10.1.0.0/8'; it has bits set beyond its length; did you mean 10.0.0.0/8?",
    ],
    [
      { files: { deniedPaths: ["etc/shadow"] } },
      "files.deniedPaths[0]: is 'etc/shadow'; it takes an absolute path",
    ],
    [
      { syscalls: { deniedSyscalls: ["ptrcae"] } },
      "syscalls.deniedSyscalls[0]: no system call is called 'ptrcae'; did you mean ptrace?",
    ],
    [
      { capabilities: { denied: ["SYS_ADMN"] } },
      "capabilities.denied[0]: no capability is called 'CAP_SYS_ADMN'; did you mean CAP_SYS_ADMIN?",
    ],
    [{ canary: { steps: [1, "0%"] } }, "canary.steps[1]: is '0%'; it takes a number of instances"],
    [
      { syscalls: { exceptions: [{ match: "read" }] } },
      "syscalls.exceptions[0].reason: is missing; it takes text",
    ],
  ])("%j", (enforcement, message) => {
    const start = `error: policy nginx: spec.enforcement.${message}`;
    expect(enforcing(enforcement).some((line) => line.startsWith(start))).toBe(true);
  });

  it("is shown cut and tamed", () => {
    const [line = ""] = saidOf({
      learning: { duration: `5m\u001b[31m\n\u202e${"x".repeat(5_000)}` },
    });
    expect(line).toContain("is '5m\\u001b[31m\\u000a\\u202exxx");
    expect(line.length).toBeLessThan(250);
  });

  it("does not hide the others", () => {
    expect(
      saidOf({ learning: { duration: "5" }, selfHealing: { strategy: "" }, x: 1 }),
    ).toHaveLength(3);
  });

  it.each([[5], [null], ["text"], [[]], [undefined], [new Date(0)], [new Map()]])(
    "and no policy at all: %s",
    (document) => expect(said(document)).toHaveLength(1),
  );

  it("of what every policy needs, each is named", () => {
    expect(said({}).map((line) => line.split(" ")[3])).toEqual([
      "apiVersion:",
      "kind:",
      "metadata:",
      "spec:",
    ]);
    expect(said({ apiVersion, kind, metadata: { name: "Not A Name" }, spec: {} })).toHaveLength(2);
  });
});

describe("a policy that says two things", () => {
  it.each<[string, object, string]>([
    [
      "error",
      { alertOnly: true, mode: "enforce" },
      "alertOnly: alertOnly: true contradicts mode: enforce",
    ],
    [
      "error",
      { alertOnly: true, files: { mode: "enforce" } },
      "alertOnly: alertOnly: true contradicts a facet",
    ],
    [
      "error",
      { mode: "disabled", files: { mode: "enforce" } },
      "mode: mode: disabled switches every facet off",
    ],
    [
      "error",
      { syscalls: { allowedSyscalls: ["read"], deniedSyscalls: ["read"] } },
      "syscalls.allowedSyscalls[0]: 'read' is denied by deniedSyscalls too",
    ],
    [
      "error",
      { capabilities: { allowed: ["net_admin"], denied: ["CAP_NET_ADMIN"] } },
      "capabilities.allowed[0]: 'CAP_NET_ADMIN' is denied by denied too",
    ],
    [
      "error",
      { files: { allowedPaths: ["/a/"], deniedPaths: ["/a/**"] } },
      "files.allowedPaths[0]: '/a/**' is denied by deniedPaths too",
    ],
    [
      "warning",
      { files: { allowedPaths: ["/a/b"], deniedPaths: ["/a/**"] } },
      "files.allowedPaths[0]: '/a/b' has no effect: deniedPaths holds '/a/**', and a deny wins",
    ],
    [
      "warning",
      { files: { allowedPaths: ["/a/b"], readOnlyPaths: ["/a/*"] } },
      "files.allowedPaths[0]: '/a/b' may only be read",
    ],
    [
      "error",
      { network: { allowedEgressPorts: [25], deniedEgressPorts: ["25"] } },
      "network.allowedEgressPorts[0]: '25' is denied by deniedEgressPorts too",
    ],
    [
      "warning",
      { network: { allowedIngressPorts: ["80/tcp"], deniedIngressPorts: ["1-1023"] } },
      "network.allowedIngressPorts[0]: '80/tcp' has no effect",
    ],
    [
      "warning",
      { network: { allowedEgressCIDRs: ["10.1.0.0/16"], deniedCIDRs: ["10.0.0.0/8"] } },
      "network.allowedEgressCIDRs[0]: '10.1.0.0/16' has no effect",
    ],
    [
      "error",
      { files: { deniedPaths: ["/a/**"], exceptions: [{ match: "/a/b", reason: "r" }] } },
      "files.exceptions[0].match: deniedPaths denies it, and no exception lifts a deny",
    ],
    [
      "error",
      {
        network: {
          deniedCIDRs: ["10.0.0.0/8"],
          exceptions: [{ match: "tcp/10.0.0.1:443/out", reason: "r" }],
        },
      },
      "network.exceptions[0].match: deniedCIDRs denies it",
    ],
    [
      "error",
      { canary: { steps: [1, "50%", "10%"] } },
      "canary.steps[2]: '10%' does not come after '50%'",
    ],
    ["error", { canary: { steps: ["100%", 5] } }, "canary.steps[1]: comes after 100%"],
  ])("%s: %j", (severity, enforcement, message) => {
    const start = `${severity}: policy nginx: spec.enforcement.${message}`;
    expect(enforcing(enforcement).filter((line) => line.startsWith(start))).toHaveLength(1);
  });

  it.each<object>([
    { files: { allowedPaths: ["/a/**"], deniedPaths: ["/a/b"] } },
    { network: { allowedEgressCIDRs: ["0.0.0.0/0"], deniedCIDRs: ["10.0.0.0/8"] } },
    { network: { allowedEgressPorts: [53], deniedEgressPorts: ["53/udp"] } },
    { alertOnly: true, mode: "monitor", files: { mode: "alert" } },
    { mode: "disabled", files: { mode: "disabled" } },
    { canary: { steps: [1, "10%", 20, "50%"] } },
  ])("%j says one thing only", (enforcement) => expect(enforcing(enforcement)).toEqual([]));
});

describe("a policy that would not do what is wanted", () => {
  it("denies everything to a start, when nothing is learned or allowed", () => {
    const learning = { enabled: false };
    const lines = saidOf({
      learning,
      enforcement: { mode: "enforce", blockUnknown: true, processes: { allowedBinaries: ["/a"] } },
    });
    expect(lines.map((line) => line.split(": ")[2])).toEqual([
      "spec.enforcement.syscalls",
      "spec.enforcement.files",
    ]);
    expect(saidOf({ learning, enforcement: { mode: "enforce" } })).toEqual([]);
    expect(saidOf({ enforcement: { mode: "enforce", blockUnknown: true } })).toEqual([]);
  });

  it("rules everything, has exceptions that are over, or secrets in the open", () => {
    const exceptions = [
      { match: "read", reason: "r", expires: "2020-01-01T00:00:00Z" },
      { match: "read", reason: "r", expires: "2030-01-01T00:00:00Z" },
      { match: "write", reason: "r" },
    ];
    const exporters = [{ type: "datadog", apiKey: "0123456789abcdef" }];
    const url = "https://user:password@example.org";
    const lines = saidOf({
      selector: { matchLabels: {} },
      enforcement: { syscalls: { exceptions } },
      observability: { metrics: { exporters } },
      webhooks: [{ name: "a", url }],
    });
    expect(lines).toEqual([
      "warning: policy nginx: spec.selector: is empty: the policy rules every workload of its namespace",
      "warning: policy nginx: spec.enforcement.syscalls.exceptions[0].expires: was 2020-01-01T00:00:00Z; it has no effect any more",
      "warning: policy nginx: spec.enforcement.syscalls.exceptions[2]: never expires; give it expires",
      "warning: policy nginx: spec.observability.metrics.exporters[0].apiKey: is a secret, written in the open; use ${NAME} or secretKeyRef",
      "warning: policy nginx: spec.webhooks[0].url: holds a password; use ${NAME} or secretKeyRef",
    ]);
    expect(lines.join()).not.toContain("0123456789abcdef");
    expect(lines.join()).not.toContain("user:password");
  });

  it("gives an exporter or a channel what it does not take, or too little", () => {
    const lines = saidOf({
      observability: {
        metrics: { exporters: [{ type: "prometheus", site: "x" }, { type: "datadog" }] },
        alerting: { channels: [{ type: "slack" }, { type: "email", to: ["a"], url: "${X}" }] },
      },
      webhooks: [{ name: "a", url: "ftp://x" }],
    });
    expect(lines).toEqual([
      "error: policy nginx: spec.observability.metrics.exporters[0].site: belongs to type datadog only",
      "error: policy nginx: spec.observability.metrics.exporters[1].apiKey: is missing; type datadog needs it",
      "error: policy nginx: spec.observability.alerting.channels[0].url: is missing; type slack needs it",
      "error: policy nginx: spec.observability.alerting.channels[1].url: belongs to type slack or webhook only",
    ]);
  });
});

describe("a hostile document", () => {
  it("with __proto__ anywhere is refused, and nothing is polluted", () => {
    const inLabels: unknown = JSON.parse('{"matchLabels":{"__proto__":"x"}}');
    expect(saidOf({ selector: inLabels })).toEqual([
      "error: policy nginx: spec.selector.matchLabels.__proto__: unknown field",
    ]);
    const inSpec: unknown = JSON.parse('{"learning":{"__proto__":{"enabled":false}}}');
    expect(said(policyOf(inSpec))).toEqual([
      "error: policy nginx: spec.learning.__proto__: unknown field",
    ]);
  });

  it.each(["constructor", "toString", "hasOwnProperty", "prototype", "valueOf"])(
    "with a field called %s gets it named",
    (name) => {
      const [line = ""] = saidOf({ [name]: 1 });
      expect(line).toContain(`spec.${name}: unknown field`);
    },
  );

  it("that bites its own tail, or goes too deep, ends", () => {
    const tail: unknown[] = [];
    tail.push(tail);
    expect(saidOf({ webhooks: tail })[0]).toContain("is nested too deeply");
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = { a: deep };
    expect(said(deep)).toEqual(["error: policy (unnamed): a.a.a.a: is nested too deeply"]);
  });

  it("that repeats itself a billion times ends", () => {
    let bomb: unknown = "lol";
    for (let i = 0; i < 9; i++) bomb = Array.from({ length: 10 }, () => bomb);
    expect(saidOf({ webhooks: bomb })[0]).toContain(`holds more than ${limits.values} values`);
  });

  it("with very many mistakes is told of a hundred, and how many more", () => {
    const exceptions = Array.from({ length: 250 }, () => 7);
    const lines = enforcing({ files: { exceptions } });
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toBe("error: policy nginx: and 150 more");
  });

  it("with more entries, longer text or longer names than there may be is refused", () => {
    expect(
      enforcing({ syscalls: { allowedSyscalls: Array.from({ length: 4_097 }, () => "read") } })[0],
    ).toContain("syscalls.allowedSyscalls: has more than 4096 entries");
    expect(saidOf({ ["x".repeat(70_000)]: 1 })[0]).toContain("is text of 70000 characters");
    expect(saidOf({ learning: { duration: "5".repeat(70_000) } })[0]).toContain("characters");
  });

  it("full to the brim of overlaps is read without counting every pair", () => {
    const each = (make: (i: number) => unknown) => Array.from({ length: 4_096 }, (_, i) => make(i));
    const lines = enforcing({
      files: {
        allowedPaths: each((i) => `/a/${"d/".repeat(100)}${i}`),
        deniedPaths: each((i) => `/b/${i}`),
        readOnlyPaths: each((i) => `/c/${i}/**`),
      },
      network: {
        allowedEgressCIDRs: each((i) => `2001:db8::${i.toString(16)}`),
        deniedCIDRs: each((i) => `2001:db8:1::${i.toString(16)}`),
      },
    });
    expect(lines).toEqual([]);
  });
});
