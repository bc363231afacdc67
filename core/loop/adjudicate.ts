/**
 * A burst of denials has two readings: the policy is wrong, or someone is in. Weighed by who shows
 * it, what changed, who suffers, and what was touched; what an attacker in one instance can make of
 * these by himself never reads as a wrong policy.
 */
import type { Weights } from "./settings.ts";
import type { Denial, World } from "./world.ts";

export type Reading = "policy" | "attack" | "unclear";

export interface Factor {
  readonly name: keyof Weights;
  /** 0 to 1. */
  readonly value: number;
  readonly says: string;
}

export interface Verdict {
  readonly reading: Reading;
  /** 0 to 1: how much speaks for each reading. */
  readonly policy: number;
  readonly attack: number;
  readonly factors: readonly Factor[];
  /** The behaviours that a wrong policy would have to let through. */
  readonly faults: readonly string[];
  /** Instances that showed what reads as an attack. */
  readonly suspects: readonly string[];
  readonly says: string;
}

export interface Burst {
  readonly denials: readonly Denial[];
  readonly instances: number;
  readonly failed: World["failed"];
  readonly enforcing: number;
  readonly changed: World["changed"];
  /** Alerts that say that the workload suffers. */
  readonly complaints: number;
  readonly nowMs: number;
}

/** Between the two readings so much has to lie. */
const margin = 0.15;
const strong = 0.5;
const broad = 0.5;

export function adjudicate(burst: Burst, weights: Weights, freshMs: number): Verdict {
  const { denials, instances } = burst;
  // What was refused to nobody hurts nobody; who only watches says how broad it is.
  const faults = denials.filter((denial) => isFault(denial) && denial.denied > 0);
  const bad = denials.filter((denial) => !isFault(denial));
  const breadth = breadthOf(faults, instances);
  const freshness = freshnessOf(burst, freshMs);
  const factors = [breadth, freshness, healthOf(burst), sensitivityOf(bad), anomalyOf(denials)];
  const weigh = (...names: readonly (keyof Weights)[]) => weighted(factors, weights, names);
  const policy = weigh("breadth", "freshness", "health");
  const attack = weigh("sensitivity", "anomaly");
  const reading = readingOf({ policy, attack, breadth, freshness, bad, instances });
  const narrow = instances > 1 && breadth.value < broad;
  const suspects =
    reading === "attack"
      ? [...new Set((bad.length > 0 ? bad : faults).flatMap((denial) => denial.instances))]
      : [];
  return {
    reading,
    policy,
    attack,
    factors,
    faults: reading === "policy" ? faultsOf(faults, instances) : [],
    suspects,
    says: saysOf(reading, factors, narrow),
  };
}

/**
 * What nobody may loosen by evidence: a policy's own denies, and what is never learned silently.
 */
export function isFault({ explicit, sensitive }: Denial): boolean {
  return !explicit && sensitive === undefined;
}

/** While many show what was wrong, one shows what he wants: that is not let through with it. */
function faultsOf(faults: readonly Denial[], instances: number): readonly string[] {
  return faults
    .filter((fault) => instances <= 1 || fault.instances.length > 1)
    .map(({ behaviour }) => behaviour);
}

interface Weighed {
  readonly policy: number;
  readonly attack: number;
  readonly breadth: Factor;
  readonly freshness: Factor;
  readonly bad: readonly Denial[];
  readonly instances: number;
}

function readingOf({ policy, attack, breadth, freshness, bad, instances }: Weighed): Reading {
  if (attack >= strong && attack > policy + margin) return "attack";
  // Somebody is in, maybe, while the policy is wrong, too: that is no moment to loosen it.
  if (bad.some(({ sensitive }) => sensitive !== undefined)) return "unclear";
  // One instance is one attacker's: alone it proves nothing, but that something changed.
  const isSupported = instances > 1 ? breadth.value >= broad : freshness.value > 0;
  return isSupported && policy >= strong && policy > attack + margin ? "policy" : "unclear";
}

function breadthOf(faults: readonly Denial[], instances: number): Factor {
  const shown = new Set(faults.flatMap(({ instances: those }) => those)).size;
  const says =
    faults.length === 0
      ? "none of it is anything that could be let through"
      : `${shown} of ${instances} instances show it`;
  // Of one alone nobody can know whether others would.
  if (instances <= 1) return { name: "breadth", value: shown === 0 ? 0 : 0.5, says };
  return { name: "breadth", value: shown < 2 ? 0 : Math.min(1, shown / instances), says };
}

function freshnessOf({ changed, nowMs }: Burst, freshMs: number): Factor {
  const ageMs = changed === undefined ? freshMs : Math.max(0, nowMs - changed.atMs);
  const value = Math.max(0, 1 - ageMs / freshMs);
  const minutes = Math.round(ageMs / 60_000);
  const says =
    changed === undefined || value === 0
      ? "nothing changed lately"
      : `${changed.what} ${minutes} min ago`;
  return { name: "freshness", value, says };
}

/** One instance that fails is one attacker's to end: it counts where it is not alone. */
function healthOf({ failed, enforcing, instances, complaints }: Burst): Factor {
  if (complaints > 0) {
    return { name: "health", value: 1, says: `${complaints} alerts say that it suffers` };
  }
  const counts = failed.enforced > 1 || instances <= 1 ? failed.enforced : 0;
  const excess = counts - failed.watched;
  const value = enforcing === 0 ? 0 : Math.max(0, Math.min(1, excess / enforcing));
  const says = `${failed.enforced} enforced and ${failed.watched} watched instances failed`;
  return { name: "health", value, says };
}

function sensitivityOf(bad: readonly Denial[]): Factor {
  const worst = bad.find(({ sensitive }) => sensitive !== undefined);
  if (worst?.sensitive !== undefined) {
    return { name: "sensitivity", value: 1, says: `${worst.behaviour}: ${worst.sensitive}` };
  }
  const [denied] = bad;
  return denied === undefined
    ? { name: "sensitivity", value: 0, says: "nothing sensitive was touched" }
    : { name: "sensitivity", value: 0.5, says: `the policy denies ${denied.behaviour} by name` };
}

function anomalyOf(denials: readonly Denial[]): Factor {
  const value = Math.max(0, ...denials.map(({ oddity }) => oddity));
  const odd = denials.find(({ oddity }) => oddity === value);
  const says = odd === undefined ? "nothing was denied" : `the oddest is ${odd.behaviour}`;
  return { name: "anomaly", value, says };
}

function weighted(
  factors: readonly Factor[],
  weights: Weights,
  names: readonly (keyof Weights)[],
): number {
  const counted = factors.filter(({ name }) => names.includes(name));
  const total = counted.reduce((sum, { name }) => sum + weights[name], 0);
  const sum = counted.reduce((so, { name, value }) => so + weights[name] * value, 0);
  return total === 0 ? 0 : sum / total;
}

const readings: Readonly<Record<Reading, string>> = {
  policy: "the policy is wrong",
  attack: "someone is in",
  unclear: "it is not clear whether the policy is wrong or someone is in",
};

function saysOf(reading: Reading, factors: readonly Factor[], narrow: boolean): string {
  const why = factors.map(({ name, value, says }) => `${name} ${value.toFixed(2)} (${says})`);
  const alone = reading === "unclear" && narrow ? "; too few show it to loosen anything" : "";
  return `${readings[reading]}: ${why.join(", ")}${alone}`;
}
