/** Every type of sink. Each is loaded when one is configured: some bring a client of megabytes. */
import type { Kinds } from "./configured.ts";
import { kindOf, type Kind } from "./kind.ts";

const loaders: Readonly<Record<string, () => Promise<Kind>>> = {
  otlp: async () => kindOf((await import("../otlp/otlp.ts")).otlp),
  datadog: async () => kindOf((await import("../datadog/sink.ts")).datadog),
  dogstatsd: async () => kindOf((await import("../datadog/dogstatsd.ts")).dogstatsd),
  slack: async () => kindOf((await import("../notify/slack/slack.ts")).slack),
  pagerduty: async () => kindOf((await import("../notify/pagerduty/pagerduty.ts")).pagerduty),
  email: async () => kindOf((await import("../notify/email/email.ts")).email),
  webhook: async () => kindOf((await import("../notify/webhook/webhook.ts")).webhook),
  teams: async () => kindOf((await import("../notify/teams/teams.ts")).teams),
  opsgenie: async () => kindOf((await import("../notify/opsgenie/opsgenie.ts")).opsgenie),
  elasticsearch: async () =>
    kindOf((await import("../siem/elasticsearch/elasticsearch.ts")).elasticsearch),
  loki: async () => kindOf((await import("../siem/loki/loki.ts")).loki),
  splunk: async () => kindOf((await import("../siem/splunk/splunk.ts")).splunk),
  syslog: async () => kindOf((await import("../siem/syslog/sink.ts")).syslog),
  kafka: async () => kindOf((await import("../siem/kafka/sink.ts")).kafka),
  s3: async () => kindOf((await import("../siem/s3/sink.ts")).s3),
  falcosidekick: async () => kindOf((await import("../siem/falco/sink.ts")).falcosidekick),
  postgres: async () => kindOf((await import("../postgres/postgres.ts")).postgres),
};

export const kinds: Kinds = {
  types: Object.keys(loaders),
  async load(type) {
    return Object.hasOwn(loaders, type) ? loaders[type]?.() : undefined;
  },
};
