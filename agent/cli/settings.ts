/**
 * The settings of one command line: flags over environment over file, or one error that names every
 * mistake.
 */
import { valueOf, type Invocation } from "./command.ts";
import { written, type Config } from "./config/keys.ts";
import { loadConfig } from "./config/load.ts";
import { UsageError } from "./exit.ts";

export async function settingsOf(invocation: Invocation): Promise<Config> {
  const flags = new Map<string, string>();
  for (const name of invocation.command.settings) {
    const value = valueOf(invocation, written(name));
    if (value !== undefined) flags.set(written(name), value);
  }
  const file = valueOf(invocation, "config");
  const { config, errors } = await loadConfig({ file, environment: process.env, flags });
  if (errors.length > 0) throw new UsageError(`settings:\n  ${errors.join("\n  ")}`);
  return config;
}
