/**
 * A Kubernetes API server takes every exported object, by the definitions of the tools themselves.
 */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { fileAccesses, networkOperations } from "@pahlevan/core/policy/compile/act.ts";
import type { Need } from "@pahlevan/core/policy/compile/learned.ts";
import { exportPolicy, type Format } from "@pahlevan/core/policy/export/export.ts";
import type { Source } from "@pahlevan/core/policy/export/exported.ts";
import { textOf } from "../../../agent/cli/policy/export.ts";
import { vocabulary } from "../../../agent/policies/vocabulary.ts";
import type { Kinds } from "./kinds.ts";
import { definitionOf, kyvernoOperators } from "./peer-definitions.ts";
import { ciliumSays } from "./cilium-rules.ts";
import { BUILT_WITHIN_MS, goProgram } from "../go-program.ts";
import { oddPath } from "./odd-paths.ts";
import { closed, documentOf, sourceOf, sources } from "./policies.ts";
import { tetragonDefinition } from "./tetragon-definition.ts";

const formats = [
  "networkpolicy",
  "ciliumnetworkpolicy",
  "kyverno",
  "tetragon",
  "kubearmor",
] as const satisfies readonly Format[];

const path = fc.oneof(oddPath, fc.constantFrom("/", "/a", `/${"long/".repeat(100)}name`));
const need: fc.Arbitrary<Need> = fc.oneof(
  fc.record({ facet: fc.constant("exec" as const), path }),
  fc.record({
    facet: fc.constant("file" as const),
    access: fc.constantFrom(...fileAccesses),
    path,
  }),
  fc.record({
    facet: fc.constant("file" as const),
    access: fc.constantFrom("read" as const, "write" as const),
    pattern: path.map((text) => text.split("/").map((name, at) => (at > 0 ? [name, ""] : [""]))),
  }),
  fc.record({
    facet: fc.constant("network" as const),
    operation: fc.constantFrom(...networkOperations),
    protocol: fc.constantFrom("tcp", "udp", "sctp", "icmp"),
    to: fc.oneof(
      fc.record({
        kind: fc.constant("range" as const),
        range: fc.constantFrom("10.0.0.5", "127.0.0.1", "2001:db8::/32", "::ffff:10.0.0.1", "::1"),
      }),
      fc.record({
        kind: fc.constant("distance" as const),
        distance: fc.constantFrom("loopback" as const, "private" as const, "public" as const),
      }),
      fc.record({
        kind: fc.constant("name" as const),
        name: fc.constantFrom("example.org", "*.example.org", "_srv._tcp.example.org"),
      }),
    ),
    ports: fc.constantFrom<[number, number]>([443, 443], [0, 0], [1, 65_535], [8000, 8010]),
  }),
  fc.record({
    facet: fc.constant("capability" as const),
    name: fc.constantFrom(...vocabulary.capabilities),
  }),
);

export function proveExports(kinds: () => Kinds): void {
  beforeAll(async () => {
    for (const kind of ["CiliumNetworkPolicy", "KyvernoPolicy", "KubeArmorPolicy"] as const) {
      await kinds().define(await definitionOf(kind));
    }
    await kinds().define(tetragonDefinition);
    await goProgram("exports/cilium");
  }, BUILT_WITHIN_MS);

  async function refusals(format: Format, source: Source): Promise<string[]> {
    const { documents } = exportPolicy(format, source, "x86_64");
    const said: string[] = [];
    for (const each of documents) {
      if (typeof each === "string") return ["is text"];
      const refusal = await kinds().refusal(each, textOf(format, each));
      if (refusal !== undefined) said.push(refusal);
    }
    return said;
  }

  describe.each(formats)("%s", (format) => {
    it.each([...sources])("of %s is taken as it is", async (_, source) => {
      expect(await refusals(format, source)).toEqual([]);
    });
  });

  it("Kyverno knows the operators of every condition", async () => {
    const text = JSON.stringify(
      [...sources.values()].map((source) => exportPolicy("kyverno", source, "x86_64").documents),
    );
    const used = Array.from(text.matchAll(/"operator":"(\w+)","value"/g), ([, word]) => word);
    const known = await kyvernoOperators();
    expect(used.length).toBeGreaterThan(20);
    expect(used.filter((word) => word === undefined || !known.has(word))).toEqual([]);
  });

  it.each([...sources])("Cilium takes the rules of %s", async (_, source) => {
    const { documents } = exportPolicy("ciliumnetworkpolicy", source, "x86_64");
    expect(await ciliumSays(documents)).toEqual(documents.map(() => ""));
  });

  it("whatever was learned, and whoever is denied, every object is taken as it is", async () => {
    const cidrs = fc.array(fc.constantFrom("10.0.0.0/8", "10.0.0.5", "::/0", "2001:db8::/32"));
    const ports = fc.array(fc.constantFrom(25, "443/tcp", "8000-8010", "1-65535", "9/sctp"));
    const network = fc.record({ deniedCIDRs: cidrs, deniedEgressPorts: ports });
    const learned = fc.array(need, { maxLength: 12 });
    let exported = 0;
    const rules: object[] = [];
    await fc.assert(
      fc.asyncProperty(learned, network, fc.boolean(), async (needs, denied, blockUnknown) => {
        const enforcement = { ...closed, blockUnknown, network: denied };
        const document = documentOf("random", { selector: {}, enforcement });
        const source = sourceOf(
          document,
          needs.map((each) => ({ need: each })),
        );
        if (source === undefined) return;
        exported += 1;
        for (const format of formats) expect(await refusals(format, source)).toEqual([]);
        for (const each of exportPolicy("ciliumnetworkpolicy", source, "x86_64").documents) {
          if (typeof each === "object") rules.push(each);
        }
      }),
      { numRuns: 150 },
    );
    expect(exported).toBeGreaterThan(100);
    expect((await ciliumSays(rules)).filter((said) => said !== "")).toEqual([]);
  });
}
