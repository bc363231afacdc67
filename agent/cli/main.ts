/**
 * The `pahlevan` command: finds the command that is meant, runs it, and turns its end into an exit
 * code.
 */
import { findCommand, parseInvocation } from "./arguments.ts";
import { isOn } from "./command.ts";
import { commands } from "./commands.ts";
import { EnvironmentError, exitCodes, UsageError } from "./exit.ts";
import { commandHelp, overview } from "./help.ts";
import { version } from "./version.ts";

async function main(words: readonly string[]): Promise<number> {
  const [first] = words;
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    const asked = words.slice(1).filter((word) => !word.startsWith("-"));
    const [family = ""] = asked;
    if (asked.length === 1 && isFamily(family)) return show(overview(familyOf(family)));
    if (asked.length > 0) return show(commandHelp(findCommand(commands, asked).command));
    if (first !== undefined) return show(overview(commands));
    process.stderr.write(overview(commands));
    return exitCodes.wrongUse;
  }
  if (first === "--version" || first === "version") return show(`pahlevan ${version}\n`);
  if (isFamily(first) && ["-h", "--help"].includes(words[1] ?? ""))
    return show(overview(familyOf(first)));
  const { command, rest } = findCommand(commands, words);
  const invocation = parseInvocation(command, rest);
  if (isOn(invocation, "help")) return show(commandHelp(command));
  return (await command.load()).run(invocation);
}

/** "loop": those whose first word it is. */
const familyOf = (first: string) => commands.filter(({ name }) => name.startsWith(`${first} `));
const isFamily = (first: string) => familyOf(first).length > 0;

function show(text: string): number {
  process.stdout.write(text);
  return exitCodes.fine;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError || error instanceof EnvironmentError) {
    process.stderr.write(`pahlevan: ${error.message}\n`);
    return error instanceof UsageError ? exitCodes.wrongUse : exitCodes.environment;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`pahlevan: this is a mistake in Pahlevan itself:\n${stack}\n`);
  return exitCodes.bug;
}

// A reader that has enough (head, a closed pager) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.fine);
  throw error;
});

process.exitCode = await main(process.argv.slice(2)).catch(exitCodeOf);
