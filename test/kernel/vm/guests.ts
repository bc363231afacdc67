/**
 * Which VMs a test boots: some always, others where `./pahlevan test --kernels …` asks for them.
 */
import { test } from "vitest";
import type { KernelName } from "./kernels.ts";

/** `all`, or kernels by name; by default what a test always boots. */
export function guestsOf<Guest extends { readonly kernel: KernelName }>(
  always: readonly Guest[],
  onDemand: readonly Guest[],
): readonly Guest[] {
  const wanted = process.env["PAHLEVAN_KERNELS"];
  if (wanted === undefined) return always;
  const every = [...always, ...onDemand];
  if (wanted === "all") return every;
  const names = wanted.split(",");
  const guests = every.filter(({ kernel }) => names.includes(kernel));
  // A file without a test counts as failed.
  if (guests.length === 0) test.skip(`boots none of ${wanted}`, () => undefined);
  return guests;
}
