/**
 * What a running agent tells about itself: for `observe`, for a second `up`, for `debug bundle`.
 */
import type { Node } from "../sense/node.ts";
import { totalsOf } from "../sense/rates.ts";
import { keyNames, keys, written, type Config, type KeyName } from "./config/keys.ts";
import { version } from "./version.ts";

export function status({ agent, registry, metadata }: Node, config: Config, log: string[]) {
  const { senses, attribution, rates } = agent;
  return {
    pid: process.pid,
    version,
    uptimeSeconds: Math.round(process.uptime()),
    totals: totalsOf(senses.counts()),
    rates: rates.last,
    counts: senses.counts(),
    failures: senses.failures(),
    malformed: senses.malformed(),
    maps: senses.maps(),
    programs: senses.programs(),
    ring: senses.ring(),
    tiers: senses.tiers(),
    attribution: { waiting: attribution.waiting, overflowed: attribution.overflowed },
    registry: registry.stats(),
    runtimes: metadata.stats(),
    memoryBytes: process.memoryUsage(),
    settings: Object.fromEntries(keyNames.map((name) => [written(name), shown(name, config)])),
    log,
  };
}

function shown<K extends KeyName>(name: K, config: Config): string {
  return keys[name].type.show(config[name]);
}
