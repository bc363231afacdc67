/**
 * The settings of one command line: flags over environment over file, or one error that names every
 * mistake.
 */
import { valueOf, type Invocation } from "./command.ts";
import { written, type Config } from "./config/keys.ts";
import { loadConfig, type Loaded } from "./config/load.ts";
import { UsageError } from "./exit.ts";

export async function settingsOf(invocation: Invocation): Promise<Config> {
  return (await loadedSettings(invocation)).config;
}

/** With what is not a setting of this process' own: its exporters'. */
export async function loadedSettings(invocation: Invocation): Promise<Loaded> {
  const flags = new Map<string, string>();
  for (const name of invocation.command.settings) {
    const value = valueOf(invocation, written(name));
    if (value !== undefined) flags.set(written(name), value);
  }
  const file = valueOf(invocation, "config");
  const loaded = await loadConfig({ file, environment: process.env, flags });
  const { errors } = loaded;
  if (errors.length > 0) throw new UsageError(`settings:\n  ${errors.join("\n  ")}`);
  return loaded;
}
