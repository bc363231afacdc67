/** Whether the environment alone says that something is to be sent. */
import type { Environment } from "./secrets.ts";

const standard = /^OTEL_EXPORTER_OTLP_(?:(?:LOGS|TRACES|METRICS)_)?ENDPOINT$/;

export function isConfiguredBy(environment: Environment): boolean {
  return Object.entries(environment).some(
    ([name, value]) =>
      value !== undefined &&
      value !== "" &&
      (name.startsWith("PAHLEVAN_EXPORTERS_") || standard.test(name)),
  );
}
