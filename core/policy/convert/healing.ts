/** selfHealing, whose strategies had other names. */
import { shown } from "../shown.ts";
import { filled, type Draft } from "./draft.ts";
import type { Source } from "./source.ts";

const strategies: Readonly<Record<string, string>> = {
  Rollback: "gradual",
  Relax: "gradual",
  Maintenance: "emergency",
};

const adjudicated =
  "a burst is weighed by its evidence; emergency is a signal, from an alert or an operator";

export function healingOf(spec: Source): Draft {
  const source = spec.within("selfHealing");
  const draft: Draft = {
    enabled: source.take("enabled"),
    rollbackThreshold: source.take("rollbackThreshold"),
    rollbackWindow: source.take("rollbackWindow"),
    strategy: source.take("strategy"),
    recoveryTimeout: source.take("recoveryTimeout"),
  };
  const old = source.word("recoveryStrategy");
  if (old !== undefined) {
    const strategy = Object.hasOwn(strategies, old) ? strategies[old] : undefined;
    draft["strategy"] ??= strategy;
    if (strategy === undefined)
      source.lose(["recoveryStrategy"], `there is no strategy ${shown(old)}`);
    else
      source.change(["recoveryStrategy"], `${shown(old)} is strategy ${strategy} now, the nearest`);
  }
  const [first, ...others] = source.each("strategies");
  const type = first?.take("type");
  if (type !== undefined) draft["strategy"] ??= type;
  first?.loseEach({
    steps: "see canary.steps",
    interval: "see recoveryTimeout",
    action: "remedies follow each other, mildest first",
  });
  if (others.length > 0)
    source.change(
      ["strategies"],
      "only the first is kept; remedies follow each other, mildest first",
    );
  for (const other of others)
    for (const name of ["type", "steps", "interval", "action"]) other.take(name);
  source.loseEach({
    maxRollbackAttempts: "remedies follow each other, mildest first, each once",
    emergencyMode: adjudicated,
    emergencyThreshold: adjudicated,
    emergencyWindow: adjudicated,
    conditions: "write an alert rule with the label pahlevan_signal: rollback",
    healthChecks: "write an alert rule with the label pahlevan_signal: rollback",
    anomalyDetection: "anomalies are always scored",
  });
  return filled(draft);
}
