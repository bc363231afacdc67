import { hostname } from "node:os";
import { expect, test } from "vitest";
import { normalise } from "@pahlevan/core/policy/normalise.ts";
import { parsePolicy } from "@pahlevan/core/policy/parse.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import { configured } from "@pahlevan/exporters/dispatch/configured.ts";
import { kinds } from "@pahlevan/exporters/dispatch/kinds.ts";
import { vocabulary } from "../policies/vocabulary.ts";
import { sinksOfPolicies } from "./of-policies.ts";

function policyWith(spec: object): Policy {
  const document = {
    apiVersion: "policy.pahlevan.io/v1alpha1",
    kind: "PahlevanPolicy",
    metadata: { name: "web-policy", namespace: "shop" },
    spec: { selector: { matchLabels: { app: "web" } }, ...spec },
  };
  const { policy, problems } = parsePolicy(document, { ...vocabulary, nowMs: 0 });
  if (policy === undefined) throw new Error(JSON.stringify(problems));
  return normalise(policy);
}

const environment = {
  DD_API_KEY: "datadog's",
  SLACK: "https://hooks.slack.example/services/a",
  PD: "0123456789abcdef0123456789abcdef",
  HOOK: "https://hook.example/in",
};

test("every receiver that a policy can name becomes a sink, for that policy alone", async () => {
  const written = sinksOfPolicies(
    [
      policyWith({
        observability: {
          metrics: {
            exporters: [
              { type: "prometheus" },
              { type: "datadog", apiKey: "${DD_API_KEY}", site: "datadoghq.eu" },
              { type: "otlp", endpoint: "http://collector.example:4318" },
            ],
          },
          tracing: { endpoint: "http://collector.example:4318" },
          alerting: {
            channels: [
              { type: "slack", url: "${SLACK}", channel: "#security" },
              { type: "pagerduty", routingKey: "${PD}" },
              { type: "email", to: ["a@example.org", "b@example.org"], smarthost: "mail:587" },
              { type: "webhook", url: "${HOOK}" },
            ],
          },
        },
        webhooks: [{ name: "siem", url: "${HOOK}", events: ["violation"] }],
      }),
    ],
    "/etc/pahlevan/secrets",
  );
  const { sinks, errors, warnings, rows } = await configured(written, environment, kinds);
  expect([errors, warnings]).toEqual([[], []]);
  const found = sinks.map(({ name, isPushedMetrics, prepared: { common } }) => [
    name.replace("shop/web-policy/", ""),
    isPushedMetrics,
    common.events.join(),
    common.policies.join(),
  ]);
  const its = "shop/web-policy";
  const people = "decision,transition,notice";
  expect(found).toEqual([
    ["datadog-1", true, "", its],
    ["otlp-2", true, "", its],
    ["otlp-3", false, "span", its],
    ["slack-4", false, people, its],
    ["pagerduty-5", false, people, its],
    ["email-6", false, people, its],
    ["webhook-7", false, expect.any(String), its],
    ["webhook-8", false, "decision", its],
  ]);
  const shown = JSON.stringify(rows);
  for (const secret of Object.values(environment)) expect(shown).not.toContain(secret);
  expect(rows).toContainEqual(
    expect.objectContaining({
      name: "exporters.shop/web-policy/email-6.from",
      value: `pahlevan@${hostname()}`,
    }),
  );
});

test("a key of a Secret is a file, as Kubernetes mounts them", async () => {
  const apiKey = { secretKeyRef: { name: "datadog", key: "api-key" } };
  const policy = policyWith({
    observability: { metrics: { exporters: [{ type: "datadog", apiKey }] } },
  });
  const { errors, warnings } = await configured(sinksOfPolicies([policy], "/nowhere"), {}, kinds);
  // The policy's mistake, for which nobody else waits.
  expect(errors).toEqual([]);
  expect(warnings).toEqual([
    "policy shop/web-policy: exporters.shop/web-policy/datadog-0.api-key names " +
      "/nowhere/datadog/api-key, which cannot be read (ENOENT)",
  ]);
});

test("a policy's author names secrets, and no file that the agent can read", async () => {
  const withKey = (apiKey: unknown) =>
    sinksOfPolicies(
      [policyWith({ observability: { metrics: { exporters: [{ type: "datadog", apiKey }] } } })],
      "/s",
    );
  const { sinks, warnings } = await configured(withKey("file:/etc/hostname"), {}, kinds);
  expect(sinks[0]?.prepared.texts["api-key"]).toBe("file:/etc/hostname");
  expect(warnings).toEqual([expect.stringContaining("api-key is written out")]);
  const outside = withKey({ secretKeyRef: { name: "..", key: "../etc/hostname" } });
  expect(outside.find(({ key }) => key === "api-key")?.value).toBe(
    "file:/s/%2E/..%2Fetc%2Fhostname",
  );
});
