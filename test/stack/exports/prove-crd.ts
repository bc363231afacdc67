/** Kubernetes' own API server takes our CRD and every example, and refuses what is wrong. */
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import * as z from "zod";
import { crd } from "@pahlevan/core/policy/publish/crd.ts";
import { pathText } from "@pahlevan/core/policy/values/path.ts";
import type { Kinds } from "./kinds.ts";
import { writtenPath } from "./odd-paths.ts";
import { documentOf, documents, sourceOf } from "./policies.ts";

/** What a policy says, and words of the refusal: which field, and what it takes. */
const wrong: readonly (readonly [spec: object, refusal: RegExp])[] = [
  [{ learning: { duraton: "5m" } }, /unknown field "spec\.learning\.duraton"/],
  [{ learning: { duration: "5 minutes" } }, /spec\.learning\.duration: Invalid value: "5 minutes"/],
  [{ learning: { maxUnseenMass: 2 } }, /spec\.learning\.maxUnseenMass.*less than or equal to 1/],
  [{ learning: { minSamples: "many" } }, /spec\.learning\.minSamples.*integer/],
  [{ enforcement: { mode: "enforced" } }, /spec\.enforcement\.mode: Unsupported value: "enforced"/],
  [
    { enforcement: { network: { allowedEgressPorts: ["http"] } } },
    /allowedEgressPorts\[0\]: Invalid value: "http"/,
  ],
  [
    { enforcement: { network: { allowedEgressPorts: [70_000] } } },
    /allowedEgressPorts\[0\].*less than or equal to 65535/,
  ],
  [{ enforcement: { files: { deniedPaths: ["relative"] } } }, /deniedPaths\[0\].*"relative"/],
  [{ enforcement: { canary: { steps: ["110%"] } } }, /steps\[0\]: Invalid value: "110%"/],
  [
    { enforcement: { files: { exceptions: [{ match: "/a" }] } } },
    /exceptions\[0\]\.reason: Required value/,
  ],
  [
    { webhooks: [{ name: "a", url: "https://a.example", events: ["violations"] }] },
    /events\[0\]: Unsupported value: "violations": supported values: .*"violation"/,
  ],
];

const exporter = (part: object) => ({ observability: { metrics: { exporters: [part] } } });
const channel = (part: object) => ({ observability: { alerting: { channels: [part] } } });
const url = "https://a.example/hook";

/** Fields that contradict each other: CEL sees it, by rules with messages of ours. */
const contradictions: readonly object[] = [
  { selector: { matchExpressions: [{ key: "a", operator: "In" }] } },
  { selector: { matchExpressions: [{ key: "a", operator: "Exists", values: ["b"] }] } },
  { enforcement: { alertOnly: true, mode: "enforce" } },
  { enforcement: { alertOnly: true, network: { mode: "enforce" } } },
  { enforcement: { mode: "disabled", files: { mode: "monitor" } } },
  exporter({ type: "prometheus", endpoint: "http://a.example:4318" }),
  exporter({ type: "otlp", endpoint: "http://a.example:4318", site: "datadoghq.eu" }),
  channel({ type: "webhook", url, channel: "#ops" }),
  channel({ type: "webhook", url, to: ["a@a.example"] }),
  channel({ type: "webhook", url, from: "a@a.example" }),
  channel({ type: "webhook", url, smarthost: "a.example:25" }),
  channel({ type: "email", smarthost: "a.example:25" }),
];

/** The messages of all rules in CEL. */
function messages(node: unknown): string[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([name, part]: [string, unknown]) =>
    name === "x-kubernetes-validations"
      ? z
          .array(z.object({ message: z.string() }))
          .parse(part)
          .map(({ message }) => message)
      : messages(part),
  );
}

export function proveCrd(kinds: () => Kinds): void {
  beforeAll(() => kinds().define(crd()));

  const named = documents.map(
    (document) => [document.metadata.name.slice(0, 20), document] as const,
  );
  it.each(named)("takes %s, and keeps all of it", async (_, document) => {
    expect(await kinds().refusal(document)).toBeUndefined();
  });

  it.each(wrong)("refuses %j", async (spec, refusal) => {
    const document = documentOf("wrong", { selector: {}, ...spec });
    expect(await kinds().refusal(document)).toMatch(refusal);
  });

  it("refuses contradictions by every rule that it has, as the policy's reader does", async () => {
    const said: (string | undefined)[] = [];
    for (const spec of contradictions) {
      const document = documentOf("wrong", { selector: {}, ...spec });
      expect(sourceOf(document)).toBeUndefined();
      said.push(await kinds().refusal(document));
    }
    expect(said).not.toContain(undefined);
    const unused = messages(crd()).filter((message) => !said.join("\n").includes(message));
    expect(unused).toEqual([]);
  });

  it("takes what the policy's reader takes", async () => {
    let taken = 0;
    const paths = fc.array(
      fc
        .record({ path: writtenPath, extent: fc.constantFrom("exact", "children", "tree") })
        .map(({ path, extent }) => pathText({ path, extent })),
      { maxLength: 3 },
    );
    const files = { allowedPaths: paths, deniedPaths: paths, readOnlyPaths: paths };
    const ports = fc.array(fc.constantFrom(1, 65_535, "443/tcp", "8000-8010", "1-2/udp"));
    const cidrs = fc.array(fc.constantFrom("10.0.0.0/8", "192.0.2.1", "::/0", "2001:db8::/33"));
    const network = { allowedEgressPorts: ports, allowedEgressCIDRs: cidrs, deniedCIDRs: cidrs };
    const some = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
      fc.record(fields, { requiredKeys: [] });
    const enforcement = some({
      mode: fc.constantFrom("enforce", "monitor", "alert", "audit"),
      blockUnknown: fc.boolean(),
      files: some(files),
      network: some(network),
      processes: some({ allowedBinaries: paths, deniedBinaries: paths }),
    });
    await fc.assert(
      fc.asyncProperty(enforcement, async (each) => {
        const document = documentOf("random", { selector: {}, enforcement: each });
        if (sourceOf(document) === undefined) return;
        taken += 1;
        expect(await kinds().refusal(document)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
    expect(taken).toBeGreaterThan(50);
  });
}
