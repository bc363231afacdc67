/** From a command line to an invocation, or to an error that names the nearest right word. */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import type { Command, Invocation, Option } from "./command.ts";
import { keys, written } from "./config/keys.ts";
import { UsageError } from "./exit.ts";
import { didYouMean } from "./nearest.ts";

/** Its own options, its settings as flags, and --help. */
export function optionsOf(command: Command): Map<string, Option> {
  const options = new Map(Object.entries(command.options));
  for (const name of command.settings) {
    options.set(written(name), { value: "VALUE", doc: keys[name].doc });
  }
  options.set("help", { short: "h", doc: "this help" });
  return options;
}

export function findCommand(
  commands: readonly Command[],
  words: readonly string[],
): { command: Command; rest: readonly string[] } {
  const [first = "", second = ""] = words;
  for (const command of commands) {
    const length = command.name.split(" ").length;
    if (words.slice(0, length).join(" ") === command.name) {
      return { command, rest: words.slice(length) };
    }
  }
  const family = commands.filter(({ name }) => name.startsWith(`${first} `));
  if (family.length > 0) {
    const names = family.map(({ name }) => name.slice(first.length + 1));
    if (second === "" || second.startsWith("-")) {
      throw new UsageError(`${first}: which? ${names.join(" or ")}`);
    }
    throw new UsageError(`${first}: unknown command '${second}'${didYouMean(second, names)}`);
  }
  const firsts = new Set(commands.map(({ name }) => name.split(" ")[0] ?? name));
  const guess = didYouMean(first, firsts);
  throw new UsageError(`unknown command '${first}'${guess || "; 'pahlevan --help' lists them"}`);
}

export function parseInvocation(command: Command, args: readonly string[]): Invocation {
  const options = optionsOf(command);
  const config: ParseArgsOptionsConfig = {};
  for (const [name, { short, value }] of options) {
    config[name] = { type: value === undefined ? "boolean" : "string", ...(short && { short }) };
  }
  const { tokens } = parseArgs({
    args: [...args],
    options: config,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  const rest: string[] = [];
  let terminated = false;
  for (const token of tokens) {
    if (token.kind === "option-terminator") {
      terminated = true;
    } else if (token.kind === "positional") {
      const { words, takesFiles, takesNames, takesCommand } = command;
      const isTaken = words || takesFiles || takesNames || (takesCommand && terminated);
      if (!isTaken) {
        throw new UsageError(unexpected(command, token.value));
      }
      rest.push(token.value);
    } else {
      const value = judged(command, options, token);
      values.set(token.name, [...(values.get(token.name) ?? []), value]);
    }
  }
  return { command, values, rest };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function judged(command: Command, options: Map<string, Option>, token: OptionToken): string {
  const { name, rawName, value } = token;
  const option = options.get(name);
  if (option === undefined) {
    const guess = nearestOption(name, options.keys());
    throw new UsageError(`${command.name}: unknown option '${rawName}'${guess}`);
  }
  if (option.value === undefined) {
    if (value === undefined) return "";
    throw new UsageError(`${command.name}: ${rawName} is a switch and takes no value`);
  }
  if (value === undefined || (!token.inlineValue && /^--?[a-z]/.test(value))) {
    throw new UsageError(`${command.name}: ${rawName} needs a value: ${rawName} ${option.value}`);
  }
  const words = option.many ? value.split(",").filter((word) => word !== "") : [value];
  for (const word of option.choices === undefined ? [] : words) {
    if (option.choices?.includes(word)) continue;
    const guess = didYouMean(word, option.choices ?? []);
    const all = option.choices?.join(", ") ?? "";
    throw new UsageError(
      `${command.name}: ${rawName}: unknown ${option.value} '${word}'${guess || `; one of ${all}`}`,
    );
  }
  return value;
}

function nearestOption(name: string, names: Iterable<string>): string {
  return didYouMean(name, names).replace("'", "'--");
}

function unexpected(command: Command, word: string): string {
  return command.takesCommand
    ? `${command.name}: write '--' before the command: pahlevan ${command.name} -- ${word} …`
    : `${command.name}: unexpected '${word}'; it takes options only (--help shows them)`;
}
