/** Every workload, by its name. */
import { cron } from "./cron.ts";
import { nginx } from "./nginx.ts";
import { node } from "./node.ts";
import { postgresql } from "./postgresql.ts";
import { python } from "./python.ts";
import { redis } from "./redis.ts";
import { sshd } from "./sshd.ts";
import type { Workload } from "./workload.ts";

export const workloads = {
  nginx,
  redis,
  postgresql,
  node,
  python,
  cron,
  sshd,
} satisfies Readonly<Record<string, Workload>>;
export type WorkloadName = keyof typeof workloads;
