/** The standard variables, by the words of their specification. */
import { describe, expect, it } from "vitest";
import { settingsFrom } from "../../test/stack/exporters/otlp-made.ts";
import { fromStandardVariables } from "./environment.ts";
import { wayOf } from "./keys.ts";

const p = "OTEL_EXPORTER_OTLP";
const urls = (environment: Readonly<Record<string, string>>) => {
  const settings = settingsFrom(environment);
  return (["logs", "traces", "metrics"] as const).map((signal) => wayOf(signal, settings).url);
};

describe("the standard variables", () => {
  it.each([
    {},
    { [`${p}_ENDPOINT`]: "" },
    { [`${p}_ENDPOINT`]: "http://c:4318", OTEL_SDK_DISABLED: "True" },
  ])("ask for no sink (%j)", (environment) => {
    expect(fromStandardVariables(environment).settings).toBeUndefined();
  });

  it("name one endpoint, to which each signal's path is added", () => {
    expect(urls({ [`${p}_ENDPOINT`]: "http://c:4318/otlp/" })).toEqual([
      "http://c:4318/otlp/v1/logs",
      "http://c:4318/otlp/v1/traces",
      "http://c:4318/otlp/v1/metrics",
    ]);
  });

  it("name a signal's own endpoint, to which nothing is added, and nothing but that is sent", () => {
    const environment = { [`${p}_METRICS_ENDPOINT`]: "http://prom:9090/api/v1/otlp" };
    expect(urls(environment)).toEqual(["", "", "http://prom:9090/api/v1/otlp"]);
    expect(fromStandardVariables(environment).settings).toMatchObject({ events: "none" });
  });

  it("switch a signal off, or to another exporter", () => {
    const environment = {
      [`${p}_ENDPOINT`]: "http://c:4318",
      OTEL_TRACES_EXPORTER: "none",
      OTEL_METRICS_EXPORTER: "prometheus, otlp",
    };
    expect(urls(environment)).toEqual(["http://c:4318/v1/logs", "", "http://c:4318/v1/metrics"]);
    const { settings } = fromStandardVariables(environment);
    expect(settings?.["events"]).toBe("decision,transition,notice,converged,first_seen,instance");
  });

  it("speak gRPC to a target without a scheme: over TLS unless they say otherwise", () => {
    const grpc = { [`${p}_ENDPOINT`]: "c:4317", [`${p}_PROTOCOL`]: "grpc" };
    expect(urls(grpc)[0]).toBe("https://c:4317/");
    expect(urls({ ...grpc, [`${p}_INSECURE`]: "true" })[0]).toBe("http://c:4317/");
  });

  it("say how, for all signals and for one", () => {
    const settings = settingsFrom({
      [`${p}_ENDPOINT`]: "https://c:4318",
      [`${p}_PROTOCOL`]: "http/json",
      [`${p}_COMPRESSION`]: "none",
      [`${p}_TIMEOUT`]: "2500",
      [`${p}_CERTIFICATE`]: "/ca.pem",
      [`${p}_CLIENT_CERTIFICATE`]: "/me.pem",
      [`${p}_CLIENT_KEY`]: "/me.key",
      [`${p}_TRACES_PROTOCOL`]: "grpc",
      [`${p}_TRACES_COMPRESSION`]: "gzip",
      [`${p}_TRACES_TIMEOUT`]: "100",
      [`${p}_TRACES_CERTIFICATE`]: "/traces.pem",
      [`${p}_METRICS_TEMPORALITY_PREFERENCE`]: "delta",
    });
    const common = { "cert-file": "/me.pem", "key-file": "/me.key" };
    expect(wayOf("logs", settings)).toMatchObject({
      protocol: "http/json",
      isGzip: false,
      http: { timeout: 2_500, "ca-file": "/ca.pem", ...common },
    });
    expect(wayOf("traces", settings)).toMatchObject({
      url: "https://c:4318/",
      protocol: "grpc",
      isGzip: true,
      http: { timeout: 100, "ca-file": "/traces.pem", ...common },
    });
    expect(settings.temporality).toBe("delta");
  });

  it("name the variable that holds a key, and do not repeat it", () => {
    const { settings } = fromStandardVariables({
      [`${p}_ENDPOINT`]: "http://c:4318",
      [`${p}_HEADERS`]: "api-key=s3cret",
      [`${p}_LOGS_HEADERS`]: "api-key=0ther",
    });
    expect(settings).toMatchObject({
      headers: `\${${p}_HEADERS}`,
      "logs-headers": `\${${p}_LOGS_HEADERS}`,
    });
    expect(JSON.stringify(settings)).not.toMatch(/s3cret|0ther/);
  });

  it("say who sends: the service's own name comes first", () => {
    const settings = settingsFrom({
      [`${p}_ENDPOINT`]: "http://c:4318",
      OTEL_SERVICE_NAME: "mine",
      OTEL_RESOURCE_ATTRIBUTES: "service.name=other,deployment.environment.name=a%2Cb",
    });
    expect(settings["resource-attributes"]).toEqual({
      "service.name": "mine",
      "deployment.environment.name": "a,b",
    });
  });

  it("say nonsense here and there: that is left out, and told without its value", () => {
    const { settings, ignored } = fromStandardVariables({
      [`${p}_ENDPOINT`]: "http://c:4318",
      [`${p}_PROTOCOL`]: "morse",
      [`${p}_TIMEOUT`]: "soon",
      [`${p}_HEADERS`]: "s3cret",
      [`${p}_LOGS_ENDPOINT`]: "not an address",
      OTEL_RESOURCE_ATTRIBUTES: "a=1,b",
    });
    expect(settings).toEqual({
      "logs-endpoint": "http://c:4318/v1/logs",
      "traces-endpoint": "http://c:4318/v1/traces",
      "metrics-endpoint": "http://c:4318/v1/metrics",
    });
    expect(new Set(ignored.map((says) => says.split(" ")[0]))).toEqual(
      new Set([
        `${p}_HEADERS`,
        `${p}_LOGS_ENDPOINT`,
        `${p}_PROTOCOL`,
        `${p}_TIMEOUT`,
        "OTEL_RESOURCE_ATTRIBUTES",
      ]),
    );
    expect(ignored.join()).not.toMatch(/s3cret|morse|soon|not an address/);
  });
});
