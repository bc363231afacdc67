/** Kyverno's engine keeps to an exported policy: it lets be made what the policy lets be done. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { judge } from "@pahlevan/core/policy/compile/judge.ts";
import { exportPolicy } from "@pahlevan/core/policy/export/export.ts";
import type { Source } from "@pahlevan/core/policy/export/exported.ts";
import { runtimeSockets } from "../../../agent/kernel/guard/runtime-sockets.ts";
import { BUILT_WITHIN_MS, goProgram, goProgramMissing } from "../go-program.ts";
import { kyvernoSays, type Answer, type Request } from "./kyverno-says.ts";
import * as pods from "./pods.ts";
import { closed, documentOf, sourceOf, sources } from "./policies.ts";

const reason = await goProgramMissing("exports/kyverno");

/** Of policies that say something of pods. */
function exported(source: Source): object {
  const [policy] = exportPolicy("kyverno", source, "x86_64").documents;
  if (typeof policy !== "object") throw new Error("no policy for Kyverno");
  return policy;
}

function policyOf(enforcement: object, selector: object = { matchLabels: { app: "web" } }): Source {
  const source = sourceOf(documentOf("web", { selector, enforcement }));
  if (source === undefined) throw new Error("the policy contradicts itself");
  return source;
}

async function blocked(source: Source, ...requests: readonly Request[]): Promise<boolean[]> {
  const [said] = await kyvernoSays([{ policy: exported(source), requests }]);
  expect(said?.refusal).toBe("");
  return (said?.verdicts ?? []).map((verdict) => verdict.blocked);
}

const lets = (source: Source, name: string) =>
  judge(source.compiled, { facet: "capability", name: `CAP_${name}` }).outcome !== "deny";

const usable: pods.Container = {
  name: "c",
  image: "registry.test/a",
  securityContext: { capabilities: { drop: ["ALL"] } },
};
const mounting = (path: string): Request => ({
  object: pods.pod({ containers: [usable], volumes: [{ name: "v", hostPath: { path } }] }),
});

const names = fc.subarray(pods.capabilities);
/** With capabilities that it grants, and pods: any, and such as should be let. */
const situation = fc
  .record({ blockUnknown: fc.boolean(), denied: names, allowed: names })
  .filter(({ blockUnknown, denied }) => blockUnknown || denied.length > 0)
  .map(({ blockUnknown, denied, allowed }) => {
    const grants = allowed.filter((name) => !denied.includes(name));
    const enforcement = {
      mode: "enforce",
      blockUnknown,
      capabilities: { denied, allowed: grants },
    };
    const source = policyOf(enforcement);
    return { source, granted: pods.capabilities.filter((name) => lets(source, name)) };
  })
  .chain(({ source, granted }) =>
    fc.record({
      source: fc.constant(source),
      any: fc.array(pods.anyPodSpec, { minLength: 1, maxLength: 8 }),
      careful: fc.array(pods.carefulPodSpec(granted), { minLength: 1, maxLength: 3 }),
    }),
  );

/** Capabilities that a pod would have against the policy, though it is let be made. */
function slipped(source: Source, spec: pods.PodSpec): string[] {
  return pods
    .containersOf(spec)
    .flatMap((container) =>
      pods.capabilities.filter((name) => pods.has(container, name) && !lets(source, name)),
    );
}

describe.skipIf(reason !== undefined)(
  `Kyverno${reason === undefined ? "" : ` (${reason})`}`,
  () => {
    beforeAll(() => goProgram("exports/kyverno"), BUILT_WITHIN_MS);

    it("takes every policy, and warns of none", async () => {
      const policies = [...sources.values()].flatMap((source) =>
        exportPolicy("kyverno", source, "x86_64").documents.filter(
          (each) => typeof each === "object",
        ),
      );
      expect(policies.length).toBeGreaterThan(5);
      const taken: Answer = { refusal: "", warnings: [], verdicts: [] };
      const said = await kyvernoSays(policies.map((policy) => ({ policy, requests: [] })));
      expect(said).toEqual(policies.map(() => taken));
    });

    it("lets no pod have what is denied, and every pod be that asks for what is granted", async () => {
      let let_ = 0;
      const situations = fc.array(situation, { minLength: 1, maxLength: 40, size: "max" });
      await fc.assert(
        fc.asyncProperty(situations, async (all) => {
          const said = await kyvernoSays(
            all.map(({ source, any, careful }) => ({
              policy: exported(source),
              requests: [...any, ...careful].map((spec) => ({ object: pods.pod(spec) })),
            })),
          );
          for (const [at, { source, any, careful }] of all.entries()) {
            const verdicts = said[at]?.verdicts ?? [];
            expect(verdicts).toHaveLength(any.length + careful.length);
            const passing = any.filter((_, index) => verdicts[index]?.blocked === false);
            let_ += passing.length;
            expect(passing.flatMap((spec) => slipped(source, spec))).toEqual([]);
            expect(verdicts.slice(any.length).filter((verdict) => verdict.blocked)).toEqual([]);
          }
        }),
        { numRuns: 20 },
      );
      expect(let_).toBeGreaterThan(20);
    });

    it("keeps pods from every runtime's socket, and from directories above one", async () => {
      const above = new Set(
        runtimeSockets.flatMap((path) =>
          path.split("/").map((_, depth, parts) => parts.slice(0, depth).join("/") || "/"),
        ),
      );
      const paths = [...runtimeSockets, ...above, "//run/docker.sock", "/run/", "/run/./crio"];
      const source = policyOf(closed);
      expect(await blocked(source, ...paths.map(mounting))).toEqual(paths.map(() => true));
      const others = ["/srv", "/run/app.sock", "/var/log", "/etc/ssl"];
      expect(await blocked(source, ...others.map(mounting))).toEqual(others.map(() => false));
    });

    it.each(["containers", "initContainers", "ephemeralContainers"] as const)(
      "lets no pod have a privileged one among its %s",
      async (list) => {
        const capabilities = { drop: ["ALL"] };
        const securityContext = { capabilities, privileged: true };
        const object = pods.pod({ containers: [usable], [list]: [{ ...usable, securityContext }] });
        for (const enforcement of [
          closed,
          { mode: "enforce", capabilities: { denied: ["KILL"] } },
        ]) {
          expect(await blocked(policyOf(enforcement), { object })).toEqual([true]);
        }
      },
    );

    it("judges those pods that the policy selects, and those that others make of a template", async () => {
      const careless = { containers: [{ name: "c", image: "registry.test/a" }] };
      const source = policyOf(closed);
      const others: readonly Request[] = [
        { object: pods.pod(careless, { app: "other" }) },
        { object: pods.pod(careless, { app: "web" }, "elsewhere") },
      ];
      expect(await blocked(source, { object: pods.pod(careless) }, ...others)).toEqual([
        true,
        false,
        false,
      ]);
      const all = policyOf(closed, {});
      const made = [careless, { containers: [usable] }].map((spec) => ({
        object: pods.deployment(spec),
      }));
      expect(await blocked(all, ...made)).toEqual([true, false]);
    });

    it("judges a container that is put into a running pod", async () => {
      const spec = { containers: [usable], ephemeralContainers: [{ name: "d", image: "debug" }] };
      const request = { object: pods.pod(spec), subresource: "ephemeralcontainers" };
      expect(await blocked(policyOf(closed), request)).toEqual([true]);
    });

    it("blocks nothing where a policy only watches, but says what it would", async () => {
      const policy = exported(policyOf({ mode: "monitor", blockUnknown: true }));
      const object = pods.pod({
        containers: [{ ...usable, securityContext: { privileged: true } }],
        volumes: [{ name: "v", hostPath: { path: "/run/docker.sock" } }],
      });
      const [said] = await kyvernoSays([{ policy, requests: [{ object }] }]);
      expect(said?.verdicts).toEqual([
        {
          blocked: false,
          rules: {
            "capabilities-allowed": "fail",
            "not-privileged": "fail",
            "no-runtime-socket": "fail",
          },
        },
      ]);
    });
  },
);
