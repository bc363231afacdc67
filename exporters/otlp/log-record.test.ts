/** A record as a log record: what the real collector's test does not have an example of. */
import { describe, expect, it } from "vitest";
import type { EventLine } from "@pahlevan/core/behaviour/event-line.ts";
import { examples } from "../examples.ts";
import type { Line } from "../record.ts";
import { attributesOf, type LogLine } from "./attributes.ts";
import { logRecord } from "./log-record.ts";
import { registry } from "./registry.ts";
import { resourceOf } from "./resource.ts";
import { spanOf } from "./span.ts";

const time = "2026-11-22T10:11:12.000000001Z";
function seen(some: Partial<EventLine>): LogLine {
  return {
    id: "1",
    time,
    event: "pahlevan.behaviour.first_seen",
    namespace: "host",
    workload: "nginx",
    facet: "file",
    kind: "open",
    object: "/etc/passwd",
    action: "allow",
    mode: "monitor",
    tier: "lsm",
    policy: "",
    reason: "first_seen",
    detail: {},
    flags: [],
    ...some,
  };
}

const network = { facet: "network", object: "tcp/10.0.0.1:80/in" } as const;
const local = { address: "10.0.0.1", port: 80 };
const remote = { address: "10.9.9.9", port: 5_000 };
const inet = { protocol: "tcp", family: "ipv4" } as const;

describe("the attributes of a fact", () => {
  it.each<[string, Partial<EventLine>, object]>([
    [
      "an accepted connection, whose source is the peer",
      { ...network, kind: "accept", detail: { ...inet, local, remote } },
      {
        "network.transport": "tcp",
        "network.type": "ipv4",
        "network.local.address": "10.0.0.1",
        "network.local.port": 80,
        "network.peer.address": "10.9.9.9",
        "source.address": "10.9.9.9",
        "source.port": 5_000,
      },
    ],
    [
      "a Unix socket, whose path is the peer",
      {
        ...network,
        kind: "connect",
        detail: { protocol: "stream", family: "unix", path: "/run/a" },
      },
      { "network.transport": "unix", "network.peer.address": "/run/a" },
    ],
    [
      "a question for a name",
      {
        facet: "network",
        kind: "dns",
        object: "a.example",
        detail: { questionType: "AAAA", server: { address: "10.0.0.53", port: 53 } },
      },
      {
        "dns.question.name": "a.example",
        "destination.address": "10.0.0.53",
        "destination.port": 53,
      },
    ],
    [
      "a file in the root",
      { object: "/vmlinuz" },
      { "file.path": "/vmlinuz", "file.name": "vmlinuz", "file.directory": "/" },
    ],
    [
      "a change of mode, in octal",
      { kind: "chmod", detail: { mode: 0o4755 } },
      { "file.mode": "4755" },
    ],
    [
      "a mount",
      { facet: "mount", kind: "mount", object: "/mnt" },
      { "file.path": "/mnt", "pahlevan.kind": "mount" },
    ],
    [
      "an end by itself",
      { facet: "process", kind: "exit", object: "code 3", detail: { code: 3, signal: 0 } },
      { "process.exit.code": 3 },
    ],
    [
      "what only the detail says",
      { facet: "bpf", kind: "bpf", object: "prog_load", detail: { number: 5 } },
      { "pahlevan.object": "prog_load", "pahlevan.detail": '{"number":5}' },
    ],
    [
      "why it is not the whole truth",
      { flags: ["cut"], escaped: ["object"] },
      { "pahlevan.flags": ["cut"], "pahlevan.escaped": ["object"] },
    ],
  ])("tell of %s", (_, some, expected) => {
    expect(attributesOf(seen(some))).toMatchObject(expected);
  });

  it("say no destination of who connected to it, and no code of who was killed", () => {
    const accepted = attributesOf(
      seen({ ...network, kind: "accept", detail: { ...inet, remote } }),
    );
    expect(accepted).not.toHaveProperty("destination.address");
    const killed = seen({ kind: "exit", object: "signal 9", detail: { code: 0, signal: 9 } });
    expect(attributesOf(killed)).not.toHaveProperty(["process.exit.code"]);
  });

  it("name no namespace of Kubernetes' for what runs on a host", () => {
    expect(attributesOf(seen({}))).not.toHaveProperty(["k8s.namespace.name"]);
    expect(attributesOf(seen({}))).toHaveProperty(["pahlevan.workload.namespace"], "host");
  });

  it("name no rule where nobody decided", () => {
    expect(
      Object.keys(attributesOf(seen({}))).filter((name) => name.startsWith("security")),
    ).toEqual([]);
  });

  it.each([
    ["web", { name: "web" }],
    ["web:1", { name: "web", tags: ["1"] }],
    ["reg:5000/a/web", { name: "reg:5000/a/web" }],
    ["reg:5000/a/web:1", { name: "reg:5000/a/web", tags: ["1"] }],
    ["a/web@sha256:9", { name: "a/web", digests: ["a/web@sha256:9"] }],
    ["a/web:1@sha256:9", { name: "a/web", tags: ["1"], digests: ["a/web@sha256:9"] }],
    ["", {}],
  ])(
    "take the image '%s' apart",
    (image, parts: { name?: string; tags?: string[]; digests?: string[] }) => {
      const attributes = attributesOf(seen({ container: { id: "1", name: "c", image } }));
      expect({
        name: attributes["container.image.name"],
        tags: attributes["container.image.tags"],
        digests: attributes["container.image.repo_digests"],
      }).toEqual({ name: undefined, tags: undefined, digests: undefined, ...parts });
    },
  );

  it("stand in the registry, what is steadiest first", () => {
    const order = Object.keys(registry);
    for (const line of examples(time)) {
      if (line.event === "span") continue;
      const names = Object.keys(attributesOf(line));
      expect(names.map((name) => order.indexOf(name))).toEqual(
        names.map((name) => order.indexOf(name)).toSorted((a, b) => a - b),
      );
      expect(names.filter((name) => !order.includes(name))).toEqual([]);
    }
    const stabilities = Object.values(registry).map(({ stability }) => stability);
    expect([...new Set(stabilities)]).toEqual([
      "stable",
      "release candidate",
      "development",
      "pahlevan",
    ]);
    const changes = stabilities.filter((one, at) => one !== stabilities[at - 1]);
    expect(changes).toHaveLength(4);
  });

  it("are cut, however long the kernel's texts were", () => {
    const process = {
      pid: 1,
      start: "1",
      exe: "/x",
      uid: 0,
      args: Array(500).fill("y".repeat(9_999)),
    };
    const line = seen({ object: `/${"x".repeat(9_999)}`, process });
    const attributes = attributesOf(line);
    expect(String(attributes["pahlevan.object"])).toHaveLength(4_096);
    expect(attributes["process.command_args"]).toHaveLength(128);
    expect(logRecord(line, 0).body.stringValue).toHaveLength(4_096);
  });
});

describe("a log record", () => {
  it("tells when it happened to the nanosecond, and when it was sent", () => {
    expect(logRecord(seen({}), 1_795_342_273_500)).toMatchObject({
      timeUnixNano: "1795342272000000001",
      observedTimeUnixNano: "1795342273500000000",
    });
  });

  it.each([
    ["alert", 13],
    ["deny", 17],
    ["kill", 17],
    ["allow", 9],
  ] as const)("of a decision to %s is as grave as that", (action, severity) => {
    const line = seen({ event: "pahlevan.decision", action });
    expect(logRecord(line, 0).severityNumber).toBe(severity);
  });
});

describe("a span that failed", () => {
  it("says so, and why", () => {
    const span: Line | undefined = examples(time).find(({ event }) => event === "span");
    if (span?.event !== "span") throw new Error("no span among the examples");
    expect(spanOf({ ...span, failed: "it was wrong" }).status).toEqual({
      code: 2,
      message: "it was wrong",
    });
    expect(spanOf(span).status).toEqual({});
  });
});

describe("the resource", () => {
  it("is the agent's, with what was set by hand", () => {
    const set = { "service.name": "mine", "k8s.node.name": "node-1" };
    const attributes = resourceOf({ host: "h", cluster: "", version: "1" }, set);
    expect(attributes).toMatchObject({ "service.name": "mine", "k8s.node.name": "node-1" });
    expect(attributes).not.toHaveProperty(["k8s.cluster.name"]);
  });
});
