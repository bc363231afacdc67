/** From a policy as it was written to its normal form. */
import { hostNamespace } from "../behaviour/identity.ts";
import { defaults } from "./defaults.ts";
import { facetsOf } from "./facets.ts";
import { modeOf } from "./mode.ts";
import { once } from "./once.ts";
import type { Policy } from "./policy.ts";
import type { PahlevanPolicy } from "./schema/policy.ts";
import { readDuration } from "./values/duration.ts";
import { readBefore } from "./values/read.ts";
import { readStep, stepText, type Step } from "./values/step.ts";

type Spec = PahlevanPolicy["spec"];

export function normalise({ metadata, spec }: PahlevanPolicy): Policy {
  const { mode = defaults.enforcement.mode, alertOnly, blockUnknown } = spec.enforcement ?? {};
  const whole = modeOf(alertOnly ? "alert" : mode);
  const unlisted = (blockUnknown ?? defaults.enforcement.blockUnknown) ? "deny" : "allow";
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? hostNamespace,
    selector: selectorOf(spec),
    learning: learningOf(spec),
    mode: whole,
    unlisted,
    facets: facetsOf(spec.enforcement ?? {}, whole, unlisted),
    canary: canaryOf(spec),
    healing: healingOf(spec),
    observability: observabilityOf(spec),
    webhooks: (spec.webhooks ?? []).map(({ name, url, events }) => ({
      name,
      url,
      events: once(events ?? [...defaults.webhooks.events], String),
    })),
  };
}

const ms = (text: string) => readBefore(readDuration(text));

function selectorOf({ selector }: Spec): Policy["selector"] {
  return {
    labels: selector.matchLabels ?? {},
    expressions: (selector.matchExpressions ?? []).map(({ key, operator, values }) => ({
      key,
      operator,
      values: once(values ?? [], String),
    })),
  };
}

function learningOf({ learning = {} }: Spec): Policy["learning"] {
  const absent = defaults.learning;
  return {
    enabled: learning.enabled ?? absent.enabled,
    durationMs: learning.duration ?? ms(absent.duration),
    minSamples: learning.minSamples ?? absent.minSamples,
    autoTransition: learning.autoTransition ?? absent.autoTransition,
    lifecycleAware: learning.lifecycleAware ?? absent.lifecycleAware,
    quietPeriodMs: learning.quietPeriod ?? ms(absent.quietPeriod),
    minInstances: learning.minInstances ?? absent.minInstances,
    maxUnseenMass: learning.maxUnseenMass ?? absent.maxUnseenMass,
  };
}

/** The last step is always all of them. */
function canaryOf({ enforcement }: Spec): Policy["canary"] {
  const { canary: absent } = defaults.enforcement;
  const { steps = absent.steps.map((step) => readBefore(readStep(step))), stepDuration } =
    enforcement?.canary ?? {};
  const all: Step = { percent: 100 };
  return {
    steps: once([...steps, all], (step) => String(stepText(step))),
    stepDurationMs: stepDuration ?? ms(absent.stepDuration),
  };
}

function healingOf({ selfHealing = {} }: Spec): Policy["healing"] {
  const absent = defaults.selfHealing;
  return {
    enabled: selfHealing.enabled ?? absent.enabled,
    rollbackThreshold: selfHealing.rollbackThreshold ?? absent.rollbackThreshold,
    rollbackWindowMs: selfHealing.rollbackWindow ?? ms(absent.rollbackWindow),
    strategy: selfHealing.strategy ?? absent.strategy,
    recoveryTimeoutMs: selfHealing.recoveryTimeout ?? ms(absent.recoveryTimeout),
  };
}

function observabilityOf({ observability = {} }: Spec): Policy["observability"] {
  const { metrics, tracing, alerting } = observability;
  const { observability: absent } = defaults;
  return {
    metrics: {
      enabled: metrics?.enabled ?? absent.metrics.enabled,
      exporters: (metrics?.exporters ?? []).map((exporter) => ({
        ...exporter,
        ...(exporter.type === "datadog" && { site: exporter.site ?? absent.datadogSite }),
      })),
    },
    tracing: {
      enabled: tracing?.enabled ?? tracing?.endpoint !== undefined,
      ...(tracing?.endpoint !== undefined && { endpoint: tracing.endpoint }),
    },
    channels: alerting?.channels ?? [],
  };
}
