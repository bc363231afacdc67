/**
 * `pahlevan config check`: the settings in force, where each comes from, every mistake, and what
 * each exporter's peer says.
 */
import { configured } from "@pahlevan/exporters/dispatch/configured.ts";
import { kinds } from "@pahlevan/exporters/dispatch/kinds.ts";
import { isOn, valueOf, type Invocation } from "./command.ts";
import { keyNames, keys, written, type Config, type KeyName } from "./config/keys.ts";
import { loadConfig } from "./config/load.ts";
import { exitCodes } from "./exit.ts";
import { tried } from "./exporters/sinks.ts";
import { WebConfig, WebConfigError } from "../sense/web/web-config.ts";

export async function run(invocation: Invocation): Promise<number> {
  const file = valueOf(invocation, "config");
  const loaded = await loadConfig({ file, environment: process.env, flags: new Map() });
  const exporters = await configured(loaded.exporters, process.env, kinds);
  const errors = [...loaded.errors, ...webConfigErrors(loaded.config), ...exporters.errors];
  const rows = [
    ...keyNames.map((name) => ({
      name: written(name),
      value: shown(name, loaded.config),
      origin: loaded.origins[written(name)] ?? "",
    })),
    ...exporters.rows,
  ];
  const sinks = isOn(invocation, "offline") ? [] : exporters.sinks;
  const found = await Promise.all(sinks.map((sink) => tried(sink, loaded.config.cluster)));
  const { warnings } = exporters;
  if (valueOf(invocation, "output") === "json") {
    console.log(
      JSON.stringify({ settings: rows, errors, warnings, exporters: found }, undefined, 2),
    );
  } else {
    const width = (column: "name" | "value") => Math.max(...rows.map((row) => row[column].length));
    const [names, values] = [width("name"), width("value")];
    for (const { name, value, origin } of rows) {
      console.log(`${name.padEnd(names)}  ${value.padEnd(values)}  ${origin}`);
    }
    if (found.length > 0) console.log("");
    for (const { name, type, isRight, says } of found)
      console.log(`${isRight ? "✓" : "✗"} ${name} (${type}): ${says}`);
    for (const warning of warnings) console.error(`! ${warning}`);
    for (const error of errors) console.error(`✗ ${error}`);
    if (errors.length === 0) console.log("\nno mistakes");
  }
  const isFine = errors.length === 0 && found.every(({ isRight }) => isRight);
  return isFine ? exitCodes.fine : exitCodes.found;
}

/** Of the file that it names, which is read as `up` would. */
function webConfigErrors({ webConfig }: Config): readonly string[] {
  if (webConfig === "") return [];
  try {
    new WebConfig(webConfig, 0, () => undefined).problems();
    return [];
  } catch (error) {
    if (error instanceof WebConfigError) return error.message.split("\n");
    throw error;
  }
}

function shown<K extends KeyName>(name: K, config: Config): string {
  return keys[name].type.show(config[name]);
}
