/**
 * The settings of a sink: each is one text, wherever it comes from (the file, a ConfigMap, the
 * environment), so that lists are words between commas and headers `name=value` between commas.
 */
import type { ValueType } from "@pahlevan/core/settings/values.ts";

export interface Setting<T> {
  readonly type: ValueType<T>;
  /** Without one it has to be set. */
  readonly default?: T;
  readonly doc: string;
  /** Named, not written; never shown. */
  readonly isSecret?: true;
}

export type Keys = Readonly<Record<string, Setting<unknown>>>;
export type Values<K extends Keys> = {
  readonly [N in keyof K]: K[N] extends Setting<infer T> ? T : never;
};

export function setting<T>(type: ValueType<T>, fallback: T | undefined, doc: string): Setting<T> {
  return fallback === undefined ? { type, doc } : { type, default: fallback, doc };
}

/** A sink gets the secret itself; what is written is `${NAME}`, `file:/PATH` or, frowned at, it. */
export function secretSetting(doc: string, fallback?: ""): Setting<string> {
  const type: ValueType<string> = {
    says: "${NAME} of the environment, or file:/PATH",
    parse: (value) => value,
    show: () => "(secret)",
  };
  return { type, doc, isSecret: true, ...(fallback !== undefined && { default: fallback }) };
}

export function words(says: string): ValueType<readonly string[]> {
  return {
    says,
    parse: (value) =>
      value
        .split(",")
        .map((word) => word.trim())
        .filter((word) => word !== ""),
    show: (value) => value.join(","),
  };
}

/** As OTEL_EXPORTER_OTLP_HEADERS is written: values may be percent-encoded. */
export const pairs: ValueType<Readonly<Record<string, string>>> = {
  says: "name=value, separated by commas",
  parse: (value) =>
    Object.fromEntries(
      value
        .split(",")
        .filter((pair) => pair.trim() !== "")
        .map((pair) => {
          const [name = "", ...rest] = pair.split("=");
          if (name.trim() === "" || rest.length === 0)
            throw new Error(`has '${pair.trim()}'; it takes name=value, separated by commas`);
          return [name.trim(), decodeURIComponent(rest.join("=").trim())] as const;
        }),
    ),
  show: (value) =>
    Object.entries(value)
      .map(([name, text]) => `${name}=${encodeURIComponent(text)}`)
      .join(","),
};

export function url(...schemes: readonly string[]): ValueType<string> {
  const says = `an address with ${schemes.map((scheme) => `${scheme}://`).join(" or ")}`;
  return {
    says,
    parse(value) {
      if (value === "") return value;
      const scheme = URL.canParse(value) ? new URL(value).protocol.slice(0, -1) : "";
      if (!schemes.includes(scheme)) throw new Error(`is '${value}'; it takes ${says}`);
      return value;
    },
    show: (value) => {
      if (!URL.canParse(value)) return value;
      const shown = new URL(value);
      if (shown.password !== "") shown.password = "(secret)";
      return shown.href;
    },
  };
}

export const onOff: ValueType<boolean> = {
  says: "on or off",
  parse(value) {
    if (value !== "on" && value !== "off") throw new Error(`is '${value}'; it takes on or off`);
    return value === "on";
  },
  show: (value) => (value ? "on" : "off"),
};
