/** The types a setting can have: how each is written, read and shown. */

export interface ValueType<T> {
  /** What a person writes, for help and errors: "a size in bytes, such as 32768 or 8Mi". */
  readonly says: string;
  /** Throws a sentence fragment that completes "ring-buffer-size: …". */
  parse(text: string): T;
  show(value: T): string;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Whole numbers, with a lower and an upper bound that an error names. */
export function count(least: number, most: number): ValueType<number> {
  return {
    says: `a whole number, ${least} to ${most}`,
    parse(text) {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return within(value, least, most, this.says, text);
    },
    show: String,
  };
}

const units: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  Ki: 1 << 10,
  M: 1e6,
  Mi: 1 << 20,
  G: 1e9,
  Gi: 1 << 30,
};

export function bytes(least: number, most: number): ValueType<number> {
  return {
    says: `a size in bytes such as 32768 or 8Mi, ${showBytes(least)} to ${showBytes(most)}`,
    parse(text) {
      const [, digits = "", unit = ""] = /^(\d{1,15})(k|Ki|M|Mi|G|Gi)?$/.exec(text) ?? [];
      const value = digits === "" ? Number.NaN : Number(digits) * (units[unit] ?? Number.NaN);
      return within(value, least, most, this.says, text);
    },
    show: showBytes,
  };
}

export function showBytes(value: number): string {
  for (const unit of ["Gi", "Mi", "Ki"]) {
    const size = units[unit] ?? 1;
    if (value >= size && value % size === 0) return `${value / size}${unit}`;
  }
  return String(value);
}

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 60e3, h: 3600e3 };

/** Go-style durations, as the rest of the ecosystem writes them: "500ms", "1m30s". */
export function duration(leastMs: number, mostMs: number): ValueType<number> {
  return {
    says: `a duration such as 500ms or 1m30s, ${showDuration(leastMs)} to ${showDuration(mostMs)}`,
    parse(text) {
      const parts = [...text.matchAll(/(\d{1,9})(ms|s|m|h)/g)];
      const whole = parts.map(([part]) => part).join("") === text && text !== "";
      const value = parts.reduce((sum, [, n, unit = ""]) => {
        return sum + Number(n) * (milliseconds[unit] ?? Number.NaN);
      }, 0);
      return within(whole ? value : Number.NaN, leastMs, mostMs, this.says, text);
    },
    show: showDuration,
  };
}

export function showDuration(value: number): string {
  if (value === 0) return "0s";
  let rest = value;
  let text = "";
  for (const unit of ["h", "m", "s", "ms"]) {
    const size = milliseconds[unit] ?? 1;
    if (rest >= size) text += `${Math.floor(rest / size)}${unit}`;
    rest %= size;
  }
  return text;
}

export const address: ValueType<ListenAddress> = {
  says: "HOST:PORT, such as 127.0.0.1:9464, [::1]:9464 or :9464 for every address",
  parse(text) {
    const [, bracketed, plain, port = ""] =
      /^(?:\[([0-9A-Fa-f:.]+)\]|([^:\s]*)):(\d{1,5})$/.exec(text) ?? [];
    if (port === "" || Number(port) > 65_535)
      throw new Error(`is '${text}'; it takes ${this.says}`);
    return { host: bracketed ?? plain ?? "", port: Number(port) };
  },
  show: ({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`,
};

export function choice<const T extends string>(...choices: readonly T[]): ValueType<T> {
  return {
    says: choices.map((one) => one || "''").join(", "),
    parse(text) {
      const found = choices.find((one) => one === text);
      if (found === undefined) throw new Error(`is '${text}'; it takes one of ${this.says}`);
      return found;
    },
    show: (value) => value,
  };
}

export function list<const T extends string>(choices: readonly T[]): ValueType<readonly T[]> {
  const one = choice(...choices);
  return {
    says: `any of ${one.says}, separated by commas`,
    parse: (text) =>
      text
        .split(",")
        .map((word) => word.trim())
        .filter((word) => word !== "")
        .map((word) => one.parse(word)),
    show: (value) => value.join(","),
  };
}

export function text(says: string): ValueType<string> {
  return { says, parse: (value) => value, show: (value) => value };
}

export const absolutePath: ValueType<string> = {
  says: "an absolute path",
  parse(value) {
    if (!value.startsWith("/") || value.includes("\0")) {
      throw new Error(`is '${value}'; it takes an absolute path`);
    }
    return value;
  },
  show: (value) => value,
};

function within(value: number, least: number, most: number, says: string, text: string): number {
  if (value >= least && value <= most) return value;
  throw new Error(`is '${text}'; it takes ${says}`);
}
