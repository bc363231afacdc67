/** docs/configuration.md, written from the table of settings. */
import { keyNames, keys, variable, written, type KeyName } from "./keys.ts";
import { defaultFile } from "./load.ts";

export function configurationPage(): string {
  return [
    "# Configuration",
    "",
    "<!-- Generated from agent/cli/config/keys.ts: node agent/cli/config/document.ts -->",
    "",
    `Settings come, the later ones winning, from their defaults, from one file (\`${defaultFile}\`, or the`,
    "one that `--config` names), from the environment, and from flags. The file is flat:",
    "",
    "```yaml",
    "listen: 127.0.0.1:9464",
    'ring-buffer-size: "32768"',
    "```",
    "",
    "`pahlevan config check` shows what is in force and where each value came from, and names every",
    "mistake. Names that Pahlevan does not know are refused, with the nearest one that it does.",
    "",
    "| setting and flag | environment | default | takes |",
    "|---|---|---|---|",
    ...keyNames.map(row),
    "",
    ...keyNames.flatMap((name) => [`**\`${written(name)}\`** ${keys[name].doc}`, ""]),
  ].join("\n");
}

function row(name: KeyName): string {
  const cells = [
    `\`${written(name)}\``,
    `\`${variable(name)}\``,
    shownDefault(name),
    keys[name].type.says,
  ];
  return `| ${cells.join(" | ")} |`;
}

function shownDefault<K extends KeyName>(name: K): string {
  const { type, default: value } = keys[name];
  const shown = type.show(value);
  return shown === "" ? "" : `\`${shown}\``;
}

if (import.meta.main) process.stdout.write(configurationPage());
