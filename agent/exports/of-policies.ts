/** Who a policy itself names (`spec.observability`, `spec.webhooks`): sinks for it alone. */
import { hostname } from "node:os";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import type {
  Channel,
  Exporter,
  WebhookEvent,
} from "@pahlevan/core/policy/schema/observability.ts";
import type { Secret } from "@pahlevan/core/policy/values/secret.ts";
import type { Written } from "@pahlevan/exporters/dispatch/configured.ts";

const host = hostname();

/** What a policy's author wrote is taken as it is; where a secret is, only we say. */
interface Named {
  readonly named: string;
}
type Texts = Readonly<Record<string, string | Named | undefined>> & { readonly type: string };

/** `secretsFolder` is where the keys of secrets lie, as Kubernetes mounts them: NAME/KEY. */
export function sinksOfPolicies(
  policies: readonly Policy[],
  secretsFolder: string,
): readonly Written[] {
  return policies.flatMap((policy) => {
    const where = (secret: Secret) => textOf(secret, secretsFolder);
    const { metrics, tracing, channels } = policy.observability;
    const pushed = metrics.enabled ? metrics.exporters : [];
    const sinks = [
      ...pushed.map((exporter) => metricsOnly(exporter, where)),
      ...(tracing.enabled && tracing.endpoint !== undefined ? [spansTo(tracing.endpoint)] : []),
      ...channels.map((channel) => channelOf(channel, where)),
      ...policy.webhooks.map(({ url, events }) => webhookOf(where(url), events)),
    ];
    return sinks.flatMap((texts, at) => (texts === undefined ? [] : written(policy, texts, at)));
  });
}

function written({ namespace, name }: Policy, texts: Texts, at: number): Written[] {
  const policy = `${namespace}/${name}`;
  const its: Texts = { ...texts, policies: policy };
  const of = {
    name: `${policy}/${texts.type}-${at}`,
    origin: `policy ${policy}`,
    mayFail: true,
  } as const;
  return Object.entries(its).flatMap(([key, value]) => {
    if (value === undefined) return [];
    if (typeof value === "object") return [{ ...of, key, value: value.named }];
    return [{ ...of, key, value, isLiteral: true }];
  });
}

/** What Prometheus scrapes it scrapes of all. */
function metricsOnly(
  { type, endpoint, apiKey, site }: Exporter,
  where: (secret: Secret) => string | Named,
): Texts | undefined {
  switch (type) {
    case "prometheus":
      return undefined;
    case "otlp":
      return { type, endpoint, events: "none" };
    case "datadog":
      return {
        type,
        "api-key": apiKey && where(apiKey),
        site,
        url: endpoint,
        send: "metrics",
        events: "none",
      };
  }
}

function spansTo(endpoint: string): Texts {
  return { type: "otlp", endpoint, events: "span", metrics: "off" };
}

function channelOf(channel: Channel, where: (secret: Secret) => string | Named): Texts {
  const { type, url, routingKey, to, from, smarthost } = channel;
  const grave = { type, "minimum-severity": "warning" };
  switch (type) {
    case "slack":
      return { ...grave, "webhook-url": url && where(url), channel: channel.channel };
    case "pagerduty":
      return { ...grave, "routing-key": routingKey && where(routingKey) };
    case "email":
      return {
        ...grave,
        ...mailBy(smarthost),
        from: from ?? `pahlevan@${host}`,
        to: to?.join(","),
      };
    case "webhook":
      return { ...grave, url: url && where(url) };
  }
}

/** Where none is named, the mail server of this host. */
function mailBy(smarthost = "localhost:25") {
  const [, name, port = "25"] = /^(.*?)(?::(\d+))?$/.exec(smarthost) ?? [];
  const security = port === "465" ? "tls" : port === "25" ? "plain" : "starttls";
  return { host: name, port, security };
}

const sortsOf: Readonly<Record<WebhookEvent, string>> = {
  violation: "decision",
  "policy-change": "transition,notice,converged",
  all: "decision,transition,notice,converged",
};

function webhookOf(url: string | Named, events: readonly WebhookEvent[]): Texts {
  const sorts = new Set(events.flatMap((event) => sortsOf[event].split(",")));
  return { type: "webhook", url, events: [...sorts].join(",") };
}

/** One name in a folder, whatever it says: nobody gets out of the folder by it. */
function below(name: string): string {
  return name.replaceAll("/", "%2F").replace(/^\.+$/, "%2E");
}

function textOf(secret: Secret, folder: string): string | Named {
  switch (secret.from) {
    case "environment":
      return { named: `\${${secret.variable}}` };
    case "secret":
      return { named: `file:${folder}/${below(secret.name)}/${below(secret.key)}` };
    case "literal":
      return secret.value;
  }
}
