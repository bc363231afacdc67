/** What one boot counted: per operation its instructions bare, and sensed where an agent ran. */

import { fields, number, text } from "./parse.ts";

export interface Count {
  /** The median; `low` and `high` are the tenth and ninetieth percentile. */
  instructions: number;
  low: number;
  high: number;
}

export type Counts = Readonly<Record<string, Count>>;

export interface Measurement {
  release: string;
  bare: Counts;
  sensed?: Counts;
}

/** The lines that ops.c prints. */
export function parseCounts(output: string): Counts {
  const counts: Record<string, Count> = {};
  for (const line of output.split("\n").filter(Boolean)) {
    const { name, instructions, low, high } = fields(JSON.parse(line), line);
    counts[text(name, line)] = {
      instructions: number(instructions, line),
      low: number(low, line),
      high: number(high, line),
    };
  }
  return counts;
}

/** What measure.ts prints at its end. */
export function parseMeasurement(json: string): Measurement {
  const { release, bare, sensed } = fields(JSON.parse(json), json);
  return {
    release: text(release, json),
    bare: parseCounts(text(bare, json)),
    ...(sensed === undefined ? {} : { sensed: parseCounts(text(sensed, json)) }),
  };
}

export function differencePercent(bare: Count, sensed: Count): number {
  return (sensed.instructions / bare.instructions - 1) * 100;
}
