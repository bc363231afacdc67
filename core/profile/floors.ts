/**
 * The floors of learning, the same for every facet: so long, so many facts, so many instances. Only
 * instances that were seen whole count towards them.
 */
import { atLeast, spanText, type Gate } from "./gate.ts";
import { completes, type Instance } from "./instance.ts";

export interface FloorSettings {
  readonly durationMs: number;
  readonly minSamples: number;
  /** Instances seen from their start, nothing of them lost. */
  readonly minInstances: number;
}

export function floorsOf(
  instances: readonly Instance[],
  nowMs: number,
  sinceMs: number,
  { durationMs, minSamples, minInstances }: FloorSettings,
): Gate[] {
  const whole = instances.filter(completes);
  const others = instances.length - whole.length;
  const but =
    others === 0 ? "" : `; ${others} more lost records or ran before, and count for nothing here`;
  const begins = whole.map(({ startedMs }) => Math.max(startedMs, sinceMs));
  const lastedMs = nowMs - Math.min(nowMs, ...begins);
  const samples = whole.reduce((sum, instance) => sum + instance.samples, 0);
  const lasted = `learning for ${spanText(lastedMs)} of at least ${spanText(durationMs)}`;
  const seen = `${whole.length} of at least ${minInstances} instances seen from their start`;
  return [
    atLeast("duration", lastedMs, durationMs, lasted),
    atLeast("samples", samples, minSamples, `${samples} facts of at least ${minSamples}`),
    atLeast("instances", whole.length, minInstances, `${seen} without loss${but}`),
  ];
}
