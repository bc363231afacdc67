/** What simulated instances do, and what befalls each act: by the very tables of core. */
import type { Hold } from "@pahlevan/core/loop/holding.ts";
import type { Loosened } from "@pahlevan/core/loop/loop.ts";
import type { Denial } from "@pahlevan/core/loop/world.ts";
import { tablesFor } from "@pahlevan/core/needs/held-tables.ts";
import type { Act } from "@pahlevan/core/policy/compile/act.ts";
import { compile } from "@pahlevan/core/policy/compile/compile.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import { judge } from "@pahlevan/core/policy/compile/judge.ts";
import { policyOf } from "./made.ts";

export interface Doing extends Pick<Denial, "behaviour" | "facet" | "sensitive" | "oddity"> {
  readonly act: Act;
}

export function reading(path: string, oddity = 0.1, sensitive?: string): Doing {
  const act = { facet: "file", access: "read", path } as const;
  return { behaviour: `file read ${path}`, facet: "file", sensitive, oddity, act };
}

export function executing(path: string, oddity = 0.4, sensitive?: string): Doing {
  const act = { facet: "exec", path } as const;
  return { behaviour: `exec ${path}`, facet: "exec", sensitive, oddity, act };
}

export const shadow = reading("/etc/shadow", 0.6, "password hashes");
export const shell = executing("/bin/sh", 0.9, "a shell of a server");
/** What every simulated policy denies by name. */
export const forbidden = reading("/etc/forbidden");
/** What every simulated workload does; a policy that denies it contradicts itself. */
export const staple = reading("/srv/staple");

export const deniedByName = [forbidden.behaviour];
export const deniedWrongly = [...deniedByName, staple.behaviour];

const files = { deniedPaths: ["/etc/forbidden"] };
const enforcement = { mode: "enforce", blockUnknown: true, files };
const policy = policyOf({ enforcement });

function tablesOf(): Compiled {
  const made = compile({ policy, learned: [], admitted: [], nowMs: 0 });
  if ("problems" in made) throw new Error(JSON.stringify(made.problems));
  return made.compiled;
}

export type Fate = "deny" | "alert" | "allow";

const whole = tablesOf();
const known = new Map<string, Fate>();

/** Of what nobody has learned; `explicit`: the policy denies it by name. */
export function fateOf(
  { act, facet }: Doing,
  explicit: boolean,
  hold: Hold,
  loosened: readonly Loosened[],
): Fate {
  const facets = loosened.map((each) => each.facet).toSorted();
  const key = `${facet} ${explicit} ${hold} ${facets.join()}`;
  const fate = known.get(key);
  if (fate !== undefined) return fate;
  const tables = tablesFor(hold, { named: whole, whole }, { loosened });
  const { action, outcome } = judge(tables, explicit ? forbidden.act : act);
  // What is told of was let through.
  const found = action === "allow" && outcome === "tell" ? "alert" : action;
  known.set(key, found);
  return found;
}
