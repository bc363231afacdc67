/** docs/cli.md, written from the table of commands. */
import { commands } from "./commands.ts";
import { commandHelp, overview } from "./help.ts";

export function cliPage(): string {
  return [
    "# The command line",
    "",
    "<!-- Generated from agent/cli/commands.ts: node tools/check-generated.ts --fix -->",
    "",
    "From a checkout it is `./pahlevan`, which also builds what changed; the words are the same.",
    "",
    block(overview(commands)),
    "",
    ...commands.flatMap((command) => [
      `## pahlevan ${command.name}`,
      "",
      command.sameAs === undefined
        ? block(commandHelp(command))
        : `The same as [pahlevan ${command.sameAs}](#pahlevan-${command.sameAs}).`,
      "",
    ]),
    "## Exit codes",
    "",
    "| code | means |",
    "|---|---|",
    "| 0 | fine |",
    "| 1 | found something (`config check`: mistakes) |",
    "| 2 | wrong use: the message names the nearest right word |",
    "| 3 | this machine lacks something: the message says what, and how to get it |",
    "| 70 | a mistake in Pahlevan itself |",
    "",
    "`run` ends with its command's exit code, 128 + N if signal N ended it, 127 if it is not there,",
    "126 if it cannot be run.",
    "",
    "## What `observe -o json` prints",
    "",
    "One object a line: `time` (RFC 3339, nanoseconds), `event`, `namespace`, `workload`, `container`",
    "`{id, name, image}`, `pod`, `facet`, `kind`, `object`, `action`, `mode`, `tier`, `policy`, `reason`,",
    "`process` `{pid, start, exe, args, cwd, uid, parent}`, `detail`, `flags`, `escaped`.",
    "",
    "- `event` is `pahlevan.behaviour.first_seen`, `pahlevan.behaviour.seen` (a repeat that `--every`",
    "  asked for), `pahlevan.instance.started` or `.ended`, or `pahlevan.observe.skipped` with a `count`",
    "  where a slow reader missed some.",
    "- `pid` and `start` (nanoseconds since boot) together are a process: pids are used again.",
    "- `args` are those of the program's first sight or of /proc; a program that replaced itself with",
    "  the same program again keeps the old ones.",
    "- Bytes that are not UTF-8 are written as `\\xNN`, and `escaped` names the fields in which that was",
    "  so (in those, a backslash is `\\x5c`).",
    "- `flags` say what is less than the whole truth: `cut`, `unresolved`, `user_text` (the path as the",
    "  caller passed it), `deleted`, `detached`, `set_full`, `lossy`; and `setup`: done by the runtime",
    "  before the workload's own first program.",
    "",
  ].join("\n");
}

function block(text: string): string {
  return ["```", text.trimEnd(), "```"].join("\n");
}
