/** OTEL_* variables, one by one: an empty one is none, and one that says nonsense is left out. */
import { pairs } from "../settings.ts";
import { protocols } from "./keys.ts";
import type { Signal } from "./shapes.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

type Of = Signal | "";

export class Variables {
  readonly #environment: Environment;
  /** Once each, in words that repeat no value. */
  readonly #ignored = new Set<string>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  get ignored(): readonly string[] {
    return [...this.#ignored];
  }

  text(name: string): string | undefined {
    return this.#environment[name]?.trim() || undefined;
  }

  oneOf<const T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) this.#ignore(name, `is none of ${choices.join(", ")}`);
    return found;
  }

  /** One pair without `=` voids them all, as in OpenTelemetry's own SDK. */
  pairs(name: string): Readonly<Record<string, string>> {
    try {
      return pairs.parse(this.text(name) ?? "");
    } catch {
      this.#ignore(name, "is not name=value, separated by commas");
      return {};
    }
  }

  /** What holds for a signal: its own, or that of all. */
  protocol(signal: Of): (typeof protocols)[number] {
    const of = (which: Of) => this.oneOf(nameOf(which, "PROTOCOL"), protocols);
    return of(signal) ?? of("") ?? "http/protobuf";
  }

  endpoint(signal: Of): URL | undefined {
    const name = nameOf(signal, "ENDPOINT");
    const text = this.text(name);
    if (text === undefined) return undefined;
    const hasScheme = /^https?:\/\//.test(text);
    const written =
      !hasScheme && this.protocol(signal) === "grpc" ? this.#scheme(signal) + text : text;
    if (/^https?:\/\//.test(written) && URL.canParse(written)) return new URL(written);
    this.#ignore(name, "is no http:// or https:// address");
    return undefined;
  }

  exporter(signal: Of) {
    const text = (what: string) => this.text(nameOf(signal, what));
    const headers = nameOf(signal, "HEADERS");
    return {
      protocol: this.oneOf(nameOf(signal, "PROTOCOL"), protocols),
      // Named, not repeated: it holds a backend's key.
      headers: Object.keys(this.pairs(headers)).length > 0 ? `\${${headers}}` : undefined,
      compression: this.oneOf(nameOf(signal, "COMPRESSION"), ["gzip", "none"]),
      timeout: this.#milliseconds(nameOf(signal, "TIMEOUT")),
      caFile: text("CERTIFICATE"),
      certFile: text("CLIENT_CERTIFICATE"),
      keyFile: text("CLIENT_KEY"),
    };
  }

  /** Of gRPC's targets without one: they are spoken to over TLS unless it is said otherwise. */
  #scheme(signal: Of): string {
    const said = this.text(nameOf(signal, "INSECURE")) ?? this.text(nameOf("", "INSECURE"));
    return said?.toLowerCase() === "true" ? "http://" : "https://";
  }

  #milliseconds(name: string): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const ms = /^\d{1,6}$/.test(text) ? Number(text) : 0;
    if (ms >= 100 && ms <= 300_000) return `${ms}ms`;
    this.#ignore(name, "is not a number of milliseconds, 100 to 300000");
    return undefined;
  }

  #ignore(name: string, says: string): void {
    this.#ignored.add(`${name} ${says}: ignored`);
  }
}

function nameOf(signal: Of, what: string): string {
  const of = signal === "" ? "" : `${signal.toUpperCase()}_`;
  return `OTEL_EXPORTER_OTLP_${of}${what}`;
}
