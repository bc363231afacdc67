/** `pahlevan completion`: completion scripts, from the table of commands. */
import { optionsOf } from "./arguments.ts";
import type { Command, Invocation } from "./command.ts";
import { commands } from "./commands.ts";
import { exitCodes, UsageError } from "./exit.ts";
import { didYouMean } from "./nearest.ts";

const shells: Readonly<Record<string, () => string>> = { bash, zsh, fish };

export async function run({ rest }: Invocation): Promise<number> {
  const [shell = ""] = rest;
  const script = Object.hasOwn(shells, shell) ? shells[shell] : undefined;
  if (script === undefined || rest.length !== 1) {
    const guess = didYouMean(shell, Object.keys(shells));
    throw new UsageError(`completion: for which shell? bash, zsh or fish${guess}`);
  }
  process.stdout.write(script());
  return exitCodes.fine;
}

const flagsOf = (command: Command) => [...optionsOf(command).keys()].map((name) => `--${name}`);
const firstWords = [...new Set(commands.map(({ name }) => name.split(" ")[0] ?? ""))];
const secondWords = (first: string) =>
  commands.flatMap(({ name }) =>
    name.startsWith(`${first} `) ? [name.slice(first.length + 1)] : [],
  );

/** One case per command, then per option that has a fixed set of values. */
function bash(): string {
  const families = firstWords.filter((word) => secondWords(word).length > 0);
  const choices = new Map<string, string>();
  for (const { options } of commands) {
    for (const [name, option] of Object.entries(options)) {
      if (option.choices !== undefined) choices.set(name, option.choices.join(" "));
    }
  }
  return `# bash completion for pahlevan
_pahlevan() {
	local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words=
	case $previous in
${[...choices].map(([name, words]) => `\t--${name}) words="${words}" ;;`).join("\n")}
	--config | --control-socket | --state-directory) COMPREPLY=($(compgen -f -- "$current")); return ;;
	esac
	if [ -z "$words" ]; then
		case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${commands.map((command) => `\t\t"${command.name}"*) words="${[...(command.words ?? []), ...flagsOf(command)].join(" ")}" ;;`).join("\n")}
${families.map((word) => `\t\t"${word} "*) words="${secondWords(word).join(" ")}" ;;`).join("\n")}
		esac
		[ "$COMP_CWORD" -gt 1 ] || words="${firstWords.join(" ")} --help --version"
	fi
	COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _pahlevan pahlevan ./pahlevan
`;
}

function zsh(): string {
  return `#compdef pahlevan
autoload -U +X bashcompinit && bashcompinit
${bash()}`;
}

function fish(): string {
  const quote = (text: string) => `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
  const lines = ["# fish completion for pahlevan", "complete -c pahlevan -f"];
  for (const first of firstWords) {
    const summary =
      commands.find(({ name }) => name === first)?.summary ?? secondWords(first).join(", ");
    lines.push(`complete -c pahlevan -n __fish_use_subcommand -a ${first} -d ${quote(summary)}`);
  }
  for (const command of commands) {
    const [first = "", second] = command.name.split(" ");
    const here = `'__fish_seen_subcommand_from ${first}${second ? `; and __fish_seen_subcommand_from ${second}` : ""}'`;
    if (second !== undefined) {
      const among = `'__fish_seen_subcommand_from ${first}'`;
      lines.push(`complete -c pahlevan -n ${among} -a ${second} -d ${quote(command.summary)}`);
    }
    for (const [name, { short, value, doc, choices }] of optionsOf(command)) {
      const values = choices ? ` -a ${quote(choices.join(" "))}` : "";
      lines.push(
        `complete -c pahlevan -n ${here} -l ${name}${short ? ` -s ${short}` : ""}` +
          `${value ? " -r" : ""}${values} -d ${quote(doc)}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}
