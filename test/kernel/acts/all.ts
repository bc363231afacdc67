/** Every act, in the order in which they are done. */
import type { Act } from "./act.ts";
import { fileActs } from "./files.ts";
import { networkActs } from "./network.ts";
import { pathActs } from "./paths.ts";
import { privilegedActs } from "./privileged.ts";
import { processActs } from "./processes.ts";

export const acts: readonly Act[] = [
  ...processActs,
  ...fileActs,
  ...pathActs,
  ...networkActs,
  ...privilegedActs,
];
