/**
 * Exporters of a command that runs: told what the file says, at the start and whenever it changes.
 */
import { watchFile } from "../exports/config-watch.ts";
import { Exporting } from "../exports/exporting.ts";
import type { Logger } from "../sense/log.ts";
import type { Invocation } from "./command.ts";
import { defaultFile, type Loaded } from "./config/load.ts";
import { valueOf } from "./command.ts";
import { UsageError } from "./exit.ts";
import { loadedSettings } from "./settings.ts";
import { version } from "./version.ts";

/** Rejects where one of them cannot be: what is wrong at the start is told at the start. */
export async function exportingBy(
  invocation: Invocation,
  { config, exporters }: Loaded,
  log: Pick<Logger, "info" | "warn">,
): Promise<{ readonly exporting: Exporting; readonly unwatch: () => void }> {
  const exporting = new Exporting({ config, version, log, environment: process.env });
  const errors = await exporting.configure(exporters);
  if (errors.length > 0) {
    await exporting.stop();
    throw new UsageError(`settings:\n  ${errors.join("\n  ")}`);
  }
  const file = valueOf(invocation, "config") ?? defaultFile;
  const unwatch = watchFile(file, () => void reload(invocation, exporting, log));
  return { exporting, unwatch };
}

/** With a mistake in it the settings stay as they were. */
async function reload(
  invocation: Invocation,
  exporting: Exporting,
  log: Pick<Logger, "info" | "warn">,
): Promise<void> {
  try {
    const { exporters } = await loadedSettings(invocation);
    if (exporters.length === 0 && !exporting.isBegun) return;
    const errors = await exporting.configure(exporters);
    for (const error of errors) log.warn(`exporters stay as they were: ${error}`);
    if (errors.length === 0) log.info("exporters are as the file says now");
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    log.warn(`exporters stay as they were: ${error.message}`);
  }
}
