/** What policies take, and what holding a workload to one takes of it. */
import { findHierarchy } from "@pahlevan/agent/workload/hierarchy.ts";
import type { Row } from "../row.ts";
import { editToDeny } from "./edit.ts";
import { memoryOfPolicies } from "./memory.ts";
import { requestsOfNginx } from "./nginx.ts";
import { alertToKernel } from "./signal.ts";

export async function run(say: (line: string) => void): Promise<Row[]> {
  const hierarchy = await findHierarchy();
  return [
    ...memoryOfPolicies(hierarchy),
    ...(await editToDeny(hierarchy)),
    ...(await alertToKernel(hierarchy)),
    ...(await requestsOfNginx(hierarchy, say)),
  ];
}
