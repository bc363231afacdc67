/** observabilityConfig and observability. */
import { shown } from "../shown.ts";
import { filled, type Draft } from "./draft.ts";
import type { Source } from "./source.ts";

const agentWide = "is a setting of the agent, not of one policy";

export function observabilityOf(spec: Source): Draft {
  const source = spec.within(
    spec.has("observabilityConfig") ? "observabilityConfig" : "observability",
  );
  const metrics = source.within("metrics");
  const draft = {
    metrics: filled({
      enabled: metrics.take("enabled"),
      exporters: metrics.each("exporters").flatMap(exporterOf),
    }),
    tracing: tracingOf(source.within("tracing")),
    alerting: filled({
      channels: [
        ...channelsOf(source.within("alerting"), "channels"),
        ...channelsOf(source.within("alerts"), "notifications"),
      ],
    }),
  };
  metrics.loseEach({
    interval: agentWide,
    custom: "metrics have fixed names; rules can make others of them",
  });
  source.loseEach({
    logging: agentWide,
    visualization: "dashboards come with the installation",
  });
  return filled(draft);
}

function exporterOf(source: Source): Draft[] {
  const type = source.take("type");
  const config = source.within("config");
  const [key, site] = [config.take("apiKey"), config.take("site")];
  const draft = filled({
    type,
    endpoint: source.take("endpoint"),
    apiKey: source.take("apiKey") ?? key,
    site: source.take("site") ?? site,
  });
  if (type === "prometheus" && draft["endpoint"] !== undefined) {
    delete draft["endpoint"];
    source.lose(["endpoint"], "Prometheus scrapes; where is a setting of the agent");
  }
  if (type === "prometheus" || type === "otlp" || type === "datadog") return [draft];
  source.lose(["type"], `there is no exporter ${shown(type)}`);
  return [];
}

function tracingOf(source: Source): Draft {
  const exporter = source.within("exporter");
  const [first, ...others] = source.each("exporters");
  const endpoint = source.take("endpoint") ?? exporter.take("endpoint") ?? first?.take("endpoint");
  for (const each of [exporter, first, ...others]) each?.take("type");
  for (const other of others)
    other.loseEach({ endpoint: "traces go to one place; a collector can spread them" });
  source.loseEach({
    sampler: "sampling is the collector's; OTEL_TRACES_SAMPLER sets the agent's",
    sampleRate: "sampling is the collector's; OTEL_TRACES_SAMPLER sets the agent's",
    samplingRate: "sampling is the collector's; OTEL_TRACES_SAMPLER sets the agent's",
  });
  return filled({ enabled: source.take("enabled"), endpoint });
}

function channelsOf(source: Source, name: string): Draft[] {
  const enabled = source.take("enabled");
  const channels = source.each(name).map((channel) =>
    filled({
      type: channel.take("type"),
      url: channel.take("url") ?? channel.take("webhook"),
      channel: channel.take("channel"),
      routingKey: channel.take("routingKey") ?? channel.take("integrationKey"),
      to: channel.take("to"),
      from: channel.take("from"),
      smarthost: channel.take("smarthost"),
    }),
  );
  source.loseEach({
    rules: "write them as rules of Prometheus; the label pahlevan_signal moves the loop",
  });
  if (enabled !== false) return channels;
  if (channels.length > 0) source.lose([name], "it was switched off");
  return [];
}
