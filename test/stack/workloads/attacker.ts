/** Somebody in a container: brings his things in, and does one deed after the other. */
import { copyFileSync, linkSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { buildStatic } from "../../kernel/stage/build.ts";
import { run } from "../containers/command.ts";
import { workloads, type WorkloadName } from "./all.ts";
import { attacks, deep, planted, type Attack } from "./attacks.ts";
import { toldText, type Inside } from "./watching.ts";
import type { Door, KeptFacet, Workload } from "./workload.ts";

/** What came of an attack. */
export interface Outcome {
  /** "done", "refused 1", "killed 9" */
  readonly ended: string;
  /** "deny exec", as the kernel has counted. */
  readonly counted: readonly string[];
  /** "deny exec /tmp/planted exec", "saw mount /srv" */
  readonly told: readonly string[];
  /** By which protocols a stranger was reached. */
  readonly visitors: readonly string[];
}

export function buildAttack(): Promise<string> {
  return buildStatic("attack", join(import.meta.dirname, "attack"));
}

/** More than the ring's reader ever takes. */
const toldMs = 5_000;

/** Every deed of attacks.ts, then every door of the workload's own. */
export async function attackAll(inside: Inside): Promise<Record<string, Outcome>> {
  const { container, procs, street, workload } = inside;
  const program = await buildAttack();
  bringIn(program, inside);
  const outcomes: Record<string, Outcome> = {};
  for (const [name, { deed, facets }] of Object.entries<Attack>(attacks)) {
    const words = [String(container.pid), procs, ...deed];
    outcomes[name] = await attempt(facets, inside, () => run(program, words));
  }
  for (const [door, { facets }] of Object.entries(doorsOf(workload)))
    outcomes[door] = await attempt(facets, inside, async () => {
      const [said = ""] = await street.ask({ ask: "door", workload, door });
      return said;
    });
  return outcomes;
}

export function doorsOf(name: WorkloadName): Readonly<Record<string, Door>> {
  const workload: Workload = workloads[name];
  return workload.doors ?? {};
}

async function attempt(
  facets: readonly KeptFacet[],
  inside: Inside,
  attack: () => Promise<string>,
): Promise<Outcome> {
  const { street, events } = inside;
  const sums = sumsOf(inside);
  const before = events.length;
  const ended = (await attack()).trim();
  const counted = [...sumsOf(inside)].flatMap(([key, times]) =>
    times > (sums.get(key) ?? 0n) ? [key] : [],
  );
  const told = () => [...new Set(events.slice(before).map(toldText))];
  const decisions = facets.flatMap((facet) => [`deny ${facet}`, `kill ${facet}`, `alert ${facet}`]);
  const awaited = decisions.filter((key) => counted.includes(key));
  const isTold = (key: string) => told().some((text) => text.startsWith(key));
  const isEnough = () => awaited.length > 0 && awaited.every(isTold);
  const deadline = performance.now() + toldMs;
  while (!isEnough() && performance.now() < deadline) await delay(1); // until the ring is read
  return { ended, counted, told: told(), visitors: await street.ask({ ask: "visitors" }) };
}

function sumsOf({ counted }: Inside): Map<string, bigint> {
  return new Map(counted().map(({ action, facet, times }) => [`${action} ${facet}`, times]));
}

/** From the host's side, so that it is nobody's deed in the container. */
function bringIn(program: string, { container }: Inside): void {
  const seen = (path: string) => join(`/proc/${container.pid}/root`, path);
  copyFileSync(program, seen(planted.program));
  copyFileSync(program, seen(planted.beside));
  copyFileSync(seen("/usr/bin/dash"), seen(planted.shell));
  writeFileSync(seen(planted.script), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  symlinkSync("/etc/shadow", seen(planted.symlink));
  linkSync(seen("/etc/shadow"), seen(planted.hardLink));
  // Grown from its end, since no path to that would be short enough.
  const top = join(seen(deep.below), deep.name);
  mkdirSync(top);
  writeFileSync(join(top, "secret"), "secret\n");
  for (let depth = 1; depth < deep.depth; depth++) {
    const next = `${seen(deep.below)}/next`;
    mkdirSync(next);
    renameSync(top, join(next, deep.name));
    renameSync(next, top);
  }
}
