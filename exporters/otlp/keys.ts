/** The settings of an OTLP sink: for all signals, and for each of them where it differs. */
import { choice, duration, text, type ValueType } from "@pahlevan/core/settings/values.ts";
import { batchKeys, httpKeys, type HttpSettings } from "../delivery/http.ts";
import { pairs, setting, url, type Setting, type Values } from "../settings.ts";
import type { Signal } from "./shapes.ts";

/** Backends' keys are written here: only names are shown, and no error repeats a value. */
const secretPairs: ValueType<Readonly<Record<string, string>>> = {
  ...pairs,
  parse(value) {
    try {
      return pairs.parse(value);
    } catch {
      throw new Error(`takes ${pairs.says}; values may be percent-encoded`);
    }
  },
  show: (value) =>
    Object.keys(value)
      .map((name) => `${name}=(secret)`)
      .join(","),
};

export const protocols = ["http/protobuf", "http/json", "grpc"] as const;
export type Protocol = (typeof protocols)[number];

function headersKey(doc: string): Setting<Readonly<Record<string, string>>> {
  return { ...setting(secretPairs, {}, doc), isSecret: true };
}

/** Of one signal: where it is left empty, what is said for all of them holds. */
const own = {
  endpoint: setting(
    url("http", "https"),
    "",
    "Of this signal alone: the whole address, to which nothing is added.",
  ),
  protocol: setting(choice("", ...protocols), "", "Of this signal alone."),
  headers: headersKey("Of this signal alone, beside those of all."),
  compression: setting(choice("", "gzip", "none"), "", "Of this signal alone."),
  timeout: setting(duration(0, 300_000), 0, "Of this signal alone; 0: as for all."),
  caFile: setting(text("a file"), "", "Of this signal alone."),
  certFile: setting(text("a file"), "", "Of this signal alone."),
  keyFile: setting(text("a file"), "", "Of this signal alone."),
};

export const keys = {
  endpoint: setting(
    url("http", "https"),
    "",
    "Where a collector listens. Over HTTP, /v1/logs, /v1/traces and /v1/metrics are added.",
  ),
  protocol: setting(choice(...protocols), "http/protobuf", "How it is spoken."),
  ...httpKeys,
  headers: headersKey("Further headers of each request, such as a backend's key."),
  compression: setting(choice("gzip", "none"), "gzip", "How requests are compressed."),
  "logs-endpoint": own.endpoint,
  "logs-protocol": own.protocol,
  "logs-headers": own.headers,
  "logs-compression": own.compression,
  "logs-timeout": own.timeout,
  "logs-ca-file": own.caFile,
  "logs-cert-file": own.certFile,
  "logs-key-file": own.keyFile,
  "traces-endpoint": own.endpoint,
  "traces-protocol": own.protocol,
  "traces-headers": own.headers,
  "traces-compression": own.compression,
  "traces-timeout": own.timeout,
  "traces-ca-file": own.caFile,
  "traces-cert-file": own.certFile,
  "traces-key-file": own.keyFile,
  "metrics-endpoint": own.endpoint,
  "metrics-protocol": own.protocol,
  "metrics-headers": own.headers,
  "metrics-compression": own.compression,
  "metrics-timeout": own.timeout,
  "metrics-ca-file": own.caFile,
  "metrics-cert-file": own.certFile,
  "metrics-key-file": own.keyFile,
  temporality: setting(
    choice("cumulative", "delta"),
    "cumulative",
    "Whether counters tell all since the start, or what came since the last time.",
  ),
  "resource-attributes": setting(
    pairs,
    {},
    "Further attributes of the agent, such as k8s.node.name=node-1.",
  ),
  ...batchKeys(4_096, 4 << 20, 1_000),
};

export type OtlpSettings = Values<typeof keys>;

/** One signal's way. */
export interface Way {
  /** Empty: it is sent nowhere. */
  readonly url: string;
  readonly protocol: Protocol;
  readonly isGzip: boolean;
  readonly http: HttpSettings;
}

export function wayOf(signal: Signal, settings: OtlpSettings): Way {
  const protocol = settings[`${signal}-protocol`] || settings.protocol;
  const compression = settings[`${signal}-compression`] || settings.compression;
  return {
    url: urlOf(signal, protocol, settings),
    protocol,
    isGzip: compression === "gzip",
    http: {
      headers: { ...settings.headers, ...settings[`${signal}-headers`] },
      timeout: settings[`${signal}-timeout`] || settings.timeout,
      "ca-file": settings[`${signal}-ca-file`] || settings["ca-file"],
      "cert-file": settings[`${signal}-cert-file`] || settings["cert-file"],
      "key-file": settings[`${signal}-key-file`] || settings["key-file"],
      "insecure-skip-verify": settings["insecure-skip-verify"],
    },
  };
}

/** opentelemetry.io/docs/specs/otel/protocol/exporter, "Endpoint URLs for OTLP/HTTP". */
function urlOf(signal: Signal, protocol: Protocol, settings: OtlpSettings): string {
  const verbatim = settings[`${signal}-endpoint`];
  if (verbatim !== "" || settings.endpoint === "" || protocol === "grpc")
    return verbatim || settings.endpoint;
  const base = new URL(settings.endpoint);
  base.pathname = `${base.pathname.replace(/\/+$/, "")}/v1/${signal}`;
  return base.href;
}
