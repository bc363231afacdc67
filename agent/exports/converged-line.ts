/** What is told when a workload's learning has seen enough: the same record however often it is. */
import { hexOf, traceIdOf } from "@pahlevan/exporters/life/ids.ts";
import { spanNow } from "@pahlevan/exporters/life/life.ts";
import type { Line } from "@pahlevan/exporters/record.ts";
import { learningStatus } from "@pahlevan/core/profile/status.ts";
import type { HeldWorkload } from "../enforce/held-workload.ts";
import { lifeOf } from "./life.ts";

export function convergedLine(workload: HeldWorkload, nowMs: number): Line {
  const { loop, place, assessment } = workload;
  const life = lifeOf(workload);
  const status = assessment && learningStatus(assessment.convergence);
  const sums = Object.values(status?.behaviours ?? {}).reduce((sum, count) => sum + count, 0);
  return {
    id: `converged-${hexOf([traceIdOf(life, loop), assessment?.newest ?? ""], 8)}`,
    event: "pahlevan.profile.converged",
    time: new Date(nowMs).toISOString(),
    namespace: place.namespace,
    workload: place.workload,
    policy: place.policy,
    ...(status && { unseenMass: status.unseenMass }),
    instances: status?.instances.whole ?? 0,
    behaviours: sums,
    trace: spanNow(life, loop),
  };
}
