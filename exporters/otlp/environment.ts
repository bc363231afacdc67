/**
 * The variables by which every program that speaks OpenTelemetry is told where to send, as the
 * settings of a sink (opentelemetry.io/docs/specs/otel/protocol/exporter, …/sdk-environment).
 */
import { sorts, type Sort } from "../record.ts";
import { pairs } from "../settings.ts";
import { signals, type Signal } from "./shapes.ts";
import { Variables, type Environment } from "./variables.ts";

export interface Standard {
  /** Each as it would be written in a file; undefined: nobody asked for such a sink. */
  readonly settings: Readonly<Record<string, string>> | undefined;
  /** What cannot be followed, in words: to be warned of, and no reason to stop. */
  readonly ignored: readonly string[];
}

/** Of each signal that has an endpoint and is not switched off. */
export function fromStandardVariables(environment: Environment): Standard {
  const variables = new Variables(environment);
  const isDisabled = variables.text("OTEL_SDK_DISABLED")?.toLowerCase() === "true";
  const endpoints = isDisabled ? [] : signals.flatMap((signal) => endpointOf(signal, variables));
  if (endpoints.length === 0) return { settings: undefined, ignored: [] };
  const wanted = endpoints.map(([signal]) => signal);
  const entries = [
    ...endpoints.map(([signal, url]) => [`${signal}-endpoint`, url] as const),
    ...settingsOf("", variables),
    ...wanted.flatMap((signal) => settingsOf(signal, variables)),
    ...temporalityOf(variables),
    ...resourceOf(variables),
    ...eventsOf(wanted),
  ];
  return { settings: Object.fromEntries(entries), ignored: variables.ignored };
}

type Entries = readonly (readonly [key: string, text: string])[];

function endpointOf(signal: Signal, variables: Variables): readonly (readonly [Signal, string])[] {
  const exporters = variables.text(`OTEL_${signal.toUpperCase()}_EXPORTER`);
  const isOff =
    exporters !== undefined && !exporters.split(",").some((one) => one.trim() === "otlp");
  if (isOff) return [];
  const verbatim = variables.endpoint(signal);
  if (verbatim !== undefined) return [[signal, verbatim.href]];
  const base = variables.endpoint("");
  if (base === undefined) return [];
  if (variables.protocol(signal) !== "grpc")
    base.pathname = `${base.pathname.replace(/\/+$/, "")}/v1/${signal}`;
  return [[signal, base.href]];
}

function settingsOf(signal: Signal | "", variables: Variables): Entries {
  const key = (name: string) => (signal === "" ? name : `${signal}-${name}`);
  const { protocol, headers, compression, timeout, caFile, certFile, keyFile } =
    variables.exporter(signal);
  const found = { protocol, headers, compression, timeout };
  const files = { "ca-file": caFile, "cert-file": certFile, "key-file": keyFile };
  return Object.entries({ ...found, ...files }).flatMap(([name, text]) =>
    text === undefined ? [] : [[key(name), text] as const],
  );
}

/** `lowmemory` wants deltas of what is counted as it occurs; ours are read when they are sent. */
function temporalityOf(variables: Variables): Entries {
  const name = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
  const text = variables.oneOf(name, ["cumulative", "delta", "lowmemory"]);
  if (text === undefined) return [];
  return [["temporality", text === "delta" ? "delta" : "cumulative"]];
}

/** OTEL_SERVICE_NAME comes before a `service.name` among the attributes. */
function resourceOf(variables: Variables): Entries {
  const name = variables.text("OTEL_SERVICE_NAME");
  const attributes = {
    ...variables.pairs("OTEL_RESOURCE_ATTRIBUTES"),
    ...(name !== undefined && { "service.name": name }),
  };
  const text = pairs.show(attributes);
  return text === "" ? [] : [["resource-attributes", text]];
}

/** Who switched logs or traces off is not sent them. */
function eventsOf(wanted: readonly Signal[]): Entries {
  const [logs, traces] = [wanted.includes("logs"), wanted.includes("traces")];
  if (logs && traces) return [];
  const isWanted = (sort: Sort) => (sort === "span" ? traces : logs);
  return [["events", sorts.filter(isWanted).join(",") || "none"]];
}
