/** The settings of the sink `datadog`. */
import { choice, list, text } from "@pahlevan/core/settings/values.ts";
import { batchKeys, httpKeys } from "../delivery/http.ts";
import { secretSetting, setting, url, words, type Values } from "../settings.ts";

const parts = ["metrics", "logs", "events", "service-checks"] as const;
export type Part = (typeof parts)[number];

/** Which of the sites of Datadog one's organisation is on; a new one may be named, too. */
const site = {
  says: "a site such as datadoghq.com, us5.datadoghq.com or datadoghq.eu",
  parse(value: string) {
    if (!/^(?:[a-z0-9-]+\.)+[a-z]{2,}$/.test(value))
      throw new Error(`is '${value}'; it takes ${this.says}`);
    return value;
  },
  show: (value: string) => value,
};
const address = url("https", "http");

/** Of both sinks: who speaks. */
export const senderKeys = {
  env: setting(text("a word"), "", "The tag `env` of all that is sent."),
  service: setting(text("a word"), "pahlevan", "The tag `service`."),
  version: setting(text("a word"), "", "The tag `version`. Empty: Pahlevan's."),
  tags: setting(words("name:value, separated by commas"), [], "Further tags."),
  histograms: setting(
    choice("buckets", "distributions"),
    "buckets",
    "`buckets`: counts by the tag upper_bound, exact. `distributions`: Datadog's percentiles, of values that are guessed within each bucket.",
  ),
};

export const datadogKeys = {
  "api-key": secretSetting("An API key of your organisation (no application key)."),
  site: setting(site, "datadoghq.com", "Where your organisation is."),
  url: setting(address, "", "One address for all that is sent, of a proxy. Empty: the site's."),
  "metrics-url": setting(address, "", "Another address for metrics."),
  "logs-url": setting(address, "", "Another address for logs."),
  "events-url": setting(address, "", "Another address for events."),
  "service-checks-url": setting(address, "", "Another address for service checks."),
  send: setting(list(parts), parts, "Which parts are sent."),
  ...senderKeys,
  ...batchKeys(1_000, 4_000_000, 2_000),
  ...httpKeys,
};

export type DatadogSettings = Values<typeof datadogKeys>;

const hosts: Readonly<Record<Part, string>> = {
  metrics: "api",
  logs: "http-intake.logs",
  events: "event-management-intake",
  "service-checks": "api",
};

/** Without the slash at its end. */
export function addressOf(part: Part, settings: DatadogSettings): string {
  const own = settings[`${part}-url`] || settings.url || `https://${hosts[part]}.${settings.site}`;
  return own.replace(/\/+$/, "");
}
