/** Help, from the tables of commands and settings. */
import { optionsOf } from "./arguments.ts";
import type { Command } from "./command.ts";
import { keys, keyWritten, variable } from "./config/keys.ts";

export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  return [
    "Pahlevan learns what each workload on this host does, and shows it.",
    "",
    "  pahlevan COMMAND [OPTIONS]",
    "",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`),
    "",
    "'pahlevan COMMAND --help' tells the rest; 'pahlevan --version' which one this is.",
    "Exit codes: 0 fine, 1 found something, 2 wrong use, 3 this machine lacks something.",
    "",
  ].join("\n");
}

export function commandHelp(command: Command): string {
  const { usage, summary, about, examples } = command;
  const lines = [`${usage}\n`, `${summary[0]?.toUpperCase()}${summary.slice(1)}.`];
  if (about !== undefined) lines.push(about);
  lines.push("");
  for (const [name, { short, value, doc }] of optionsOf(command)) {
    const flag = `${short ? `-${short}, ` : "    "}--${name}${value === undefined ? "" : ` ${value}`}`;
    lines.push(...entry(flag, doc + settingNote(name)));
  }
  lines.push("", examples.length === 1 ? "Example:" : "Examples:");
  for (const [line, says] of examples) lines.push(`  ${line}`, `      ${says}`);
  return `${lines.join("\n")}\n`;
}

function settingNote(name: string): string {
  const key = keyWritten(name);
  if (key === undefined) return "";
  return ` (${keys[key].type.says}; ${variable(key)})`;
}

const column = 30;
const columns = 100;

function entry(flag: string, doc: string): string[] {
  const wrapped = wrap(doc, columns - column);
  const lines = wrapped.map((part) => `${" ".repeat(column)}${part}`);
  const first = `  ${flag}`;
  if (first.length >= column - 1) return [first, ...lines];
  return [first.padEnd(column) + (wrapped[0] ?? ""), ...lines.slice(1)];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
