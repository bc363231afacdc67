/** How many instances a canary step holds: a count (3) or a share ("10%"). */
import { refused, type Read } from "./read.ts";

export type Step = { readonly instances: number } | { readonly percent: number };

export const stepSays = 'a number of instances (1) or a share of them ("10%")';
export const stepPattern = /^([1-9][0-9]?|100)%$/;

export function readStep(written: number | string): Read<Step> {
  if (typeof written === "number") {
    return written >= 1 ? { value: { instances: written } } : refused(`it takes ${stepSays}`);
  }
  const [, percent] = stepPattern.exec(written) ?? [];
  if (percent === undefined) return refused(`it takes ${stepSays}, 1% to 100%`);
  return { value: { percent: Number(percent) } };
}

export function stepText(step: Step): number | string {
  return "percent" in step ? `${step.percent}%` : step.instances;
}
