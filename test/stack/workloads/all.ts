/** Every workload, by its name. */
import { nginx } from "./nginx.ts";
import { redis } from "./redis.ts";
import type { Workload } from "./workload.ts";

export const workloads = { nginx, redis } satisfies Readonly<Record<string, Workload>>;
export type WorkloadName = keyof typeof workloads;
