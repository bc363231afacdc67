/** Options that several commands have. */
import { readDuration } from "@pahlevan/core/policy/values/duration.ts";
import { valueOf, type Invocation, type Option } from "./command.ts";
import { UsageError } from "./exit.ts";

export const output: Option = {
  short: "o",
  value: "FORMAT",
  choices: ["text", "json"],
  doc: "text or json",
};

export const config: Option = {
  value: "FILE",
  doc: "settings file (default: /etc/pahlevan/pahlevan.yaml)",
};

/** In milliseconds; undefined where it is not given. */
export function durationIn(invocation: Invocation, option: string): number | undefined {
  const text = valueOf(invocation, option);
  if (text === undefined) return undefined;
  const read = readDuration(text);
  if ("value" in read) return read.value;
  throw new UsageError(`${invocation.command.name}: --${option} ${text}: ${read.refused}`);
}
