/** Settings from where they may come: defaults, then the file, then the environment, then flags. */
import { readFile } from "node:fs/promises";
import type { Written } from "@pahlevan/exporters/dispatch/configured.ts";
import { didYouMean } from "../nearest.ts";
import { parseFlatYaml } from "./flat-yaml.ts";
import {
  keyNames,
  keys,
  keyWritten,
  variable,
  writtenNames,
  written,
  type Config,
  type KeyName,
} from "./keys.ts";

/** Read where no --config is given; it need not exist. */
export const defaultFile = "/etc/pahlevan/pahlevan.yaml";

export interface Sources {
  /** The file that was named; undefined looks for the default one. */
  readonly file?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** By written name: "ring-buffer-size". */
  readonly flags: ReadonlyMap<string, string>;
}

export interface Loaded {
  readonly config: Config;
  /** Where each value came from: "default", "FILE:3", "PAHLEVAN_LISTEN", "--listen". */
  readonly origins: Readonly<Record<string, string>>;
  readonly file?: string;
  /** Settings of exporters, which say themselves whether they are right. */
  readonly exporters: readonly Written[];
  /** Everything that is wrong, not only the first; then `config` has defaults in those places. */
  readonly errors: readonly string[];
}

type Draft = { -readonly [K in KeyName]: Config[K] };

export async function loadConfig(sources: Sources): Promise<Loaded> {
  const config: Draft = defaults();
  const errors: string[] = [];
  const origins: Record<string, string> = {};
  for (const name of keyNames) origins[written(name)] = "default";

  const set = (name: KeyName, value: string, origin: string) => {
    try {
      assign(config, name, value);
      origins[written(name)] = origin;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      errors.push(`${origin}: ${written(name)} ${reason}`);
    }
  };

  const file = sources.file ?? defaultFile;
  const source = await readOptional(file, sources.file !== undefined, errors);
  const parsed = parseFlatYaml(source ?? "");
  errors.push(...parsed.errors.map((error) => `${file}: ${error}`));
  const exporters: Written[] = [];
  for (const { key, value, line } of parsed.entries) {
    const [, exporter, its] = /^exporters\.([a-z0-9][a-z0-9-]*)\.(.+)$/.exec(key) ?? [];
    if (exporter !== undefined && its !== undefined) {
      exporters.push({ name: exporter, key: its, value, origin: `${file}:${line}` });
      continue;
    }
    const name = keyWritten(key);
    if (name !== undefined) set(name, value, `${file}:${line}`);
    else errors.push(`${file}:${line}: unknown setting '${key}'${didYouMean(key, writtenNames)}`);
  }
  for (const name of keyNames) {
    const value = sources.environment[variable(name)];
    if (value !== undefined) set(name, value, variable(name));
  }
  // What every program that speaks OpenTelemetry is told by; ours has the last word.
  const standard = sources.environment["OTEL_METRIC_EXPORT_INTERVAL"] ?? "";
  if (/^\d+$/.test(standard) && origins[written("metricsInterval")] === "default")
    set("metricsInterval", `${standard}ms`, "OTEL_METRIC_EXPORT_INTERVAL");
  for (const [flag, value] of sources.flags) {
    const name = keyWritten(flag);
    if (name !== undefined) set(name, value, `--${flag}`);
  }
  if (config.seenEntriesOwn > config.seenEntriesMost) {
    errors.push(
      `seen-entries-own (${config.seenEntriesOwn}) is more than seen-entries-most ` +
        `(${config.seenEntriesMost}): an instance's own part cannot exceed the most it gets`,
    );
  }
  return { config, origins, exporters, errors, ...(source !== undefined && { file }) };
}

function defaults(): Draft {
  return {
    listen: keys.listen.default,
    webConfig: keys.webConfig.default,
    maxSeries: keys.maxSeries.default,
    controlSocket: keys.controlSocket.default,
    logFormat: keys.logFormat.default,
    logLevel: keys.logLevel.default,
    logInterval: keys.logInterval.default,
    ringBufferSize: keys.ringBufferSize.default,
    maxInstances: keys.maxInstances.default,
    seenEntries: keys.seenEntries.default,
    seenEntriesOwn: keys.seenEntriesOwn.default,
    seenEntriesMost: keys.seenEntriesMost.default,
    fullRecordsPerSecond: keys.fullRecordsPerSecond.default,
    cgroupHierarchy: keys.cgroupHierarchy.default,
    facetsOff: keys.facetsOff.default,
    secretsDirectory: keys.secretsDirectory.default,
    metricsInterval: keys.metricsInterval.default,
    metadataWait: keys.metadataWait.default,
    processTableSize: keys.processTableSize.default,
    journalSize: keys.journalSize.default,
    observeBuffer: keys.observeBuffer.default,
    stateDirectory: keys.stateDirectory.default,
    learning: keys.learning.default,
    saveInterval: keys.saveInterval.default,
    decisionsKept: keys.decisionsKept.default,
    eventsKeptFor: keys.eventsKeptFor.default,
    eventsSize: keys.eventsSize.default,
    eventsFirstSights: keys.eventsFirstSights.default,
    policy: keys.policy.default,
    maxPolicies: keys.maxPolicies.default,
    pinDirectory: keys.pinDirectory.default,
    cluster: keys.cluster.default,
    signalsSecrets: keys.signalsSecrets.default,
    alertmanagerUrl: keys.alertmanagerUrl.default,
    heartbeat: keys.heartbeat.default,
    heartbeatTimeout: keys.heartbeatTimeout.default,
    levers: keys.levers.default,
    weights: keys.weights.default,
    freshFor: keys.freshFor.default,
    coolDown: keys.coolDown.default,
    mostReturns: keys.mostReturns.default,
    candidateExpiry: keys.candidateExpiry.default,
    blastRadius: keys.blastRadius.default,
  };
}

function assign<K extends KeyName>(config: Draft, name: K, value: string): void {
  config[name] = keys[name].type.parse(value);
}

async function readOptional(
  file: string,
  mustExist: boolean,
  errors: string[],
): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" && !mustExist) return undefined;
    errors.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
