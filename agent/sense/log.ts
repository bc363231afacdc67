/** The agent's log: JSON lines for machines, one short line each for people. */
import { pino, type Logger } from "pino";

export type { Logger };

export interface LogOptions {
  readonly format: "auto" | "pretty" | "json";
  readonly level: string;
  readonly stream?: { readonly isTTY?: boolean; write(text: string): unknown };
  /** The newest lines are kept for `debug bundle`. */
  readonly kept?: string[];
}

const keptLimit = 200;

export function createLog(options: LogOptions): Logger {
  const { format, level, stream = process.stderr, kept } = options;
  const pretty = format === "pretty" || (format === "auto" && stream.isTTY === true);
  return pino(
    {
      name: "pahlevan",
      level,
      base: null,
      messageKey: "message",
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write(line: string) {
        kept?.push(line.trimEnd());
        if (kept !== undefined && kept.length > keptLimit) kept.shift();
        stream.write(pretty ? prettyLine(line) : line);
      },
    },
  );
}

/** "10:28:30 info  message key=value …" */
function prettyLine(line: string): string {
  const written: unknown = JSON.parse(line);
  if (typeof written !== "object" || written === null) return line;
  const {
    time,
    level,
    message,
    name: _,
    ...rest
  } = { time: "", level: "", message: "", name: "", ...written };
  const at = new Date(time).toTimeString().slice(0, 8);
  const pairs = Object.entries(rest).map(([key, value]) => `${key}=${shown(value)}`);
  return `${at} ${level.padEnd(5)} ${[message, ...pairs].join("  ")}\n`;
}

function shown(value: unknown): string {
  return typeof value === "string" && !value.includes(" ") ? value : JSON.stringify(value);
}
