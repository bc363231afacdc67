/** Who is in one instance, and does there what he likes. */
import type { Random } from "../random.ts";
import { forbidden, reading, shadow, shell } from "./acts.ts";
import type { Service } from "./service.ts";

/** What he tries: everything, denials of harmless things, or the user's alert alone. */
export const styles = ["all", "noise", "alert"] as const;
export type Style = (typeof styles)[number];

/** Where whatever he reads lies, that nobody else does. */
export const odd = "/srv/odd/";

/** What he did, for the record. */
export function attack(
  service: Service,
  held: string,
  style: Style,
  nowMs: number,
  random: Random,
): string {
  const noise = reading(`${odd}${Math.floor(random() * 4)}`);
  const mostly = { all: random(), noise: random() * 0.5, alert: 0.75 };
  const chance = random() < 0.3 ? mostly.alert : mostly[style];
  if (chance < 0.5) service.does(noise, held, nowMs, 1 + Math.floor(random() * 1_000));
  else if (chance < 0.55) service.does(shadow, held, nowMs);
  else if (chance < 0.6) service.does(shell, held, nowMs);
  else if (chance < 0.7) service.does(forbidden, held, nowMs, 50);
  else if (chance < 0.8) service.outage = random() < 0.8;
  else if (chance < 0.82) service.end(held, nowMs);
  return `attacker in ${held} (${chance.toFixed(2)})`;
}
