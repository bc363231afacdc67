/**
 * When time alone may next move a loop, or change what is said of it: until then nobody looks at it
 * who has no other reason to. That this misses nothing is an invariant (simulate.ts).
 */
import { isRequest } from "@pahlevan/core/loop/alerts.ts";
import { usualCaps } from "@pahlevan/core/loop/caps.ts";
import { rememberedMs, type Loop } from "@pahlevan/core/loop/loop.ts";
import { usualSettings } from "@pahlevan/core/loop/settings.ts";
import type { World } from "@pahlevan/core/loop/world.ts";
import { day, hour } from "./made.ts";
import type { Service } from "./service.ts";

const { coolDownMs, freshMs } = usualSettings;
const fewest = usualCaps.windowMs / 5;

/** After now, by the loop's clock. */
export function deadlineOf(loop: Loop, service: Service, room: World["room"], nowMs: number) {
  let next = room.looser && room.tighter ? Infinity : nowMs + fewest;
  const turn = (atMs: number) => {
    if (atMs > nowMs && atMs < next) next = atMs;
  };
  const { healing, canary, learning } = service.policy;
  for (const atMs of service.turns()) turn(atMs);
  for (const { expiresMs } of loop.candidates) turn(expiresMs);
  for (const { expiresMs } of loop.loosened) turn(expiresMs);
  for (const { signal, heardMs, overMs, answer } of loop.alerts) {
    if (overMs !== undefined) {
      turn(overMs + coolDownMs);
      turn(overMs + rememberedMs);
    } else if (!isRequest(signal)) turn(signal.startsAtMs + freshMs);
    else if (answer !== undefined) turn(Math.max(heardMs, signal.startsAtMs) + rememberedMs);
  }
  turn(loop.sinceMs + coolDownMs);
  turn(loop.sinceMs + healing.recoveryTimeoutMs);
  turn(loop.stepSinceMs + canary.stepDurationMs);
  turn((loop.relearnedMs ?? -Infinity) + learning.durationMs);
  if (loop.healing !== undefined) {
    turn(loop.healing.sinceMs + healing.rollbackWindowMs);
    turn(loop.healing.sinceMs + healing.recoveryTimeoutMs);
  }
  for (const atMs of loop.returns) turn(atMs + day);
  // Rules of the monitoring stack count what was in the last hour.
  if (loop.phase === "Quarantine") turn(loop.sinceMs + hour);
  for (const { to, atMs } of loop.transitions) if (to === "Healing") turn(atMs + hour);
  return next;
}
