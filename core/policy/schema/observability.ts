/** spec.observability and spec.webhooks: who else is told. */
import type * as z from "zod";
import { defaults } from "../defaults.ts";
import { choice, fields, flag, list, matching, ruled, text, type Rule } from "./build.ts";
import { secret } from "./secret.ts";

const urlPattern = /^https?:\/\/[^\s/?#]+[^\s]*$/;
const url = (description: string) =>
  matching(urlPattern, 2_048, "an http or https address", { description });

/** Which fields each type needs, and which it may have besides. */
type FieldsOf = Readonly<
  Record<string, { readonly needs: readonly string[]; readonly may: readonly string[] }>
>;

/** CEL cannot look at them: they are text or a map. */
const secrets = new Set(["apiKey", "routingKey", "url"]);

/** For each field, the types that may have it; for each type, the fields that it needs. */
function rulesOf<T extends { readonly type: string }>(table: FieldsOf): Rule<T>[] {
  const names = [...new Set(Object.values(table).flatMap(({ needs, may }) => [...needs, ...may]))];
  const takers = (name: string) =>
    Object.keys(table).filter((type) =>
      [...(table[type]?.needs ?? []), ...(table[type]?.may ?? [])].includes(name),
    );
  const celOf = (field: string, cel: string) => (secrets.has(field) ? {} : { cel });
  const quoted = (types: readonly string[]) => types.map((type) => `'${type}'`).join(", ");
  const allowed = names.map((name): Rule<T> => ({
    ...celOf(name, `!has(self.${name}) || self.type in [${quoted(takers(name))}]`),
    message: `belongs to type ${takers(name).join(" or ")} only`,
    path: [name],
    holds: (value) => !Object.hasOwn(value, name) || takers(name).includes(value.type),
  }));
  const needed = Object.entries(table).flatMap(([type, { needs }]) =>
    needs.map((name): Rule<T> => ({
      ...celOf(name, `self.type != '${type}' || has(self.${name})`),
      message: `is missing; type ${type} needs it`,
      path: [name],
      holds: (value) => value.type !== type || Object.hasOwn(value, name),
    })),
  );
  return [...allowed, ...needed];
}

export const exporterTypes = ["prometheus", "otlp", "datadog"] as const;
const exporterFields = {
  prometheus: { needs: [], may: [] },
  otlp: { needs: [], may: ["endpoint"] },
  datadog: { needs: ["apiKey"], may: ["site", "endpoint"] },
} as const satisfies Record<(typeof exporterTypes)[number], FieldsOf[string]>;

const exporter = ruled(
  fields(
    {
      type: choice(exporterTypes, {
        description: "Where to: prometheus is scraped, otlp and datadog are sent to.",
      }),
      endpoint: url("Another address than the type's usual one.").exactOptional(),
      apiKey: secret("Datadog's API key.").exactOptional(),
      site: text(253, {
        description: "Datadog's site.",
        absent: defaults.observability.datadogSite,
      }).exactOptional(),
    },
    { description: "One receiver of this policy's metrics." },
  ),
  rulesOf(exporterFields),
);

export const channelTypes = ["slack", "pagerduty", "email", "webhook"] as const;
const channelFields = {
  slack: { needs: ["url"], may: ["channel"] },
  pagerduty: { needs: ["routingKey"], may: [] },
  email: { needs: ["to"], may: ["from", "smarthost"] },
  webhook: { needs: ["url"], may: [] },
} as const satisfies Record<(typeof channelTypes)[number], FieldsOf[string]>;

const channel = ruled(
  fields(
    {
      type: choice(channelTypes, { description: "What is told." }),
      url: secret(
        "slack, webhook: where to. Whoever knows a Slack address can write there: name it as a secret.",
      ).exactOptional(),
      channel: text(256, {
        description: "slack: another channel than the address' own.",
      }).exactOptional(),
      routingKey: secret("pagerduty: the integration's key (Events API v2).").exactOptional(),
      to: list(text(320, { description: "" }), 32, {
        description: "email: who gets it.",
      }).exactOptional(),
      from: text(320, { description: "email: from whom." }).exactOptional(),
      smarthost: text(261, { description: "email: HOST:PORT that takes mail." }).exactOptional(),
    },
    { description: "One receiver of alerts." },
  ),
  rulesOf(channelFields),
);

export const observability = fields(
  {
    metrics: fields(
      {
        enabled: flag({
          description: "Metrics for this policy.",
          absent: defaults.observability.metrics.enabled,
        }).exactOptional(),
        exporters: list(exporter, 16, {
          description: "Who gets them besides the agent's own /metrics.",
          absent: [],
        }).exactOptional(),
      },
      { description: "Metrics of this policy." },
    ).exactOptional(),
    tracing: fields(
      {
        enabled: flag({
          description: "Spans of learning, rollout and healing.",
          absentSays: "true where an endpoint is given",
        }).exactOptional(),
        endpoint: url("Where OTLP is taken.").exactOptional(),
      },
      { description: "Traces of what has a duration." },
    ).exactOptional(),
    alerting: fields(
      { channels: list(channel, 16, { description: "Who is told.", absent: [] }).exactOptional() },
      { description: "Alerts of modes alert and enforce." },
    ).exactOptional(),
  },
  { description: "Who is told of what this policy sees." },
);

const webhookEvents = ["violation", "policy-change", "all"] as const;

export const webhook = fields(
  {
    name: text(253, { description: "For logs and metrics." }),
    url: secret("Where to: an http or https address, or the name of a secret that is one."),
    events: list(choice(webhookEvents, { description: "" }), 3, {
      description: "What is sent.",
      absent: defaults.webhooks.events,
    }).exactOptional(),
  },
  { description: "One receiver of events as JSON." },
);

export type Exporter = z.output<typeof exporter>;
export type Channel = z.output<typeof channel>;
export type WebhookEvent = (typeof webhookEvents)[number];
