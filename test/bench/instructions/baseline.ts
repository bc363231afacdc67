/** The committed counts, and whether a new measurement is worse than they allow. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { differencePercent, type Counts, type Measurement } from "./measurement.ts";
import { fields, numbers, text } from "./parse.ts";

const file = join(import.meta.dirname, "baseline.json");

/** In percent, by operation. */
export type Budgets = Readonly<Record<string, number>>;

/** What the cache answers for, and what is known but is not in the cache any more. */
const [WARM_PERCENT, COLD_PERCENT] = [3, 20];

/**
 * What nobody has done before is described and told, once and never again: there only the baseline
 * says how much that may cost.
 */
function budgetOf(operation: string, budgets?: Budgets): number | undefined {
  if (budgets) return budgets[operation];
  if (operation.startsWith("first ")) return undefined;
  return operation.startsWith("cold ") ? COLD_PERCENT : WARM_PERCENT;
}

export function budgetText(budget: number | undefined): string {
  return budget === undefined ? "the baseline's" : `≤ ${budget} %`;
}

/** Most bare counts are the same on every boot to the instruction; execve varies by 0.4 %. */
const BARE_TOLERANCE_PERCENT = 1;
/** What a change may add to the difference that sensing makes, in points of a percent. */
const DIFFERENCE_TOLERANCE_POINTS = 0.3;

interface Known {
  release: string;
  bare: Record<string, number>;
  differencePercent?: Record<string, number>;
}

export interface Baseline {
  tolerance: { barePercent: number; differencePoints: number };
  kernels: Record<string, Known>;
}

export async function readBaseline(): Promise<Baseline> {
  const content = await readFile(file, "utf8");
  const kernels: Baseline["kernels"] = {};
  const parsed = fields(JSON.parse(content), file);
  for (const [kernel, value] of Object.entries(fields(parsed["kernels"], file))) {
    const { release, bare, differencePercent } = fields(value, file);
    kernels[kernel] = { release: text(release, file), bare: numbers(bare, file) };
    if (differencePercent !== undefined) {
      kernels[kernel].differencePercent = numbers(differencePercent, file);
    }
  }
  return { tolerance: tolerance(), kernels };
}

export async function writeBaseline(measured: Record<string, Measurement>): Promise<void> {
  const { kernels } = await readBaseline();
  for (const [kernel, measurement] of Object.entries(measured)) {
    const known = kernels[kernel];
    const kept = known?.release === measurement.release ? known.differencePercent : undefined;
    const differences = measurement.sensed ? differencesOf(measurement) : kept;
    kernels[kernel] = {
      release: measurement.release,
      bare: medians(measurement.bare),
      ...(differences ? { differencePercent: differences } : {}),
    };
  }
  await writeFile(file, JSON.stringify({ tolerance: tolerance(), kernels }, null, 2) + "\n");
}

export interface Finding {
  operation: string;
  bare: number;
  sensed: number | undefined;
  differencePercent: number | undefined;
  budget: number | undefined;
  /** What is wrong; empty when all is within budget, baseline and tolerance. */
  problems: string[];
}

export function compare(
  measurement: Measurement,
  known: Known | undefined,
  budgets?: Budgets,
): Finding[] {
  return Object.entries(measurement.bare).map(([operation, { instructions: bare }]) => {
    const sensedCount = measurement.sensed?.[operation];
    const difference = measurement.sensed ? differencesOf(measurement)[operation] : undefined;
    const budget = budgetOf(operation, budgets);
    const problems: string[] = [];
    // Another build of the kernel has other counts: nothing to compare with.
    const before = known?.release === measurement.release ? known.bare[operation] : undefined;
    if (before !== undefined && off(bare, before) > BARE_TOLERANCE_PERCENT) {
      problems.push(`bare was ${before}`);
    }
    if (difference !== undefined && difference > (budget ?? Infinity)) problems.push("over budget");
    const allowed = known?.differencePercent?.[operation];
    if (difference !== undefined && allowed !== undefined) {
      if (difference > allowed + DIFFERENCE_TOLERANCE_POINTS) {
        problems.push(`difference was ${allowed.toFixed(2)} %`);
      }
    }
    return {
      ...{ operation, bare, sensed: sensedCount?.instructions, problems },
      ...{ differencePercent: difference, budget },
    };
  });
}

function differencesOf({ bare, sensed = {} }: Measurement): Record<string, number> {
  const differences: Record<string, number> = {};
  for (const [operation, count] of Object.entries(bare)) {
    const other = sensed[operation];
    if (other) differences[operation] = Number(differencePercent(count, other).toFixed(3));
  }
  return differences;
}

function medians(counts: Counts): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts).map(([name, count]) => [name, count.instructions]),
  );
}

function off(value: number, from: number): number {
  return (Math.abs(value - from) / from) * 100;
}

function tolerance(): Baseline["tolerance"] {
  return { barePercent: BARE_TOLERANCE_PERCENT, differencePoints: DIFFERENCE_TOLERANCE_POINTS };
}
