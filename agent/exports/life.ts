/** Whose life a held workload's is: on this host. */
import { hostname } from "node:os";
import type { Place } from "@pahlevan/exporters/life/ids.ts";
import type { HeldWorkload } from "../enforce/held-workload.ts";

const host = hostname();

export function lifeOf({ place }: Pick<HeldWorkload, "place">): Place {
  return { ...place, host };
}
