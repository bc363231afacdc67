/** Options that several commands have. */
import type { Option } from "./command.ts";

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
