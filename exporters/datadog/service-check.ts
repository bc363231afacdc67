/** The service check: an agent that can say so is up; where nothing is said, a monitor tells. */
import type { Sender } from "./sender.ts";

export const checkName = "pahlevan.agent.up";

export function serviceCheck(atMs: number, { host, tags }: Sender) {
  return {
    check: checkName,
    host_name: host,
    status: 0,
    timestamp: Math.floor(atMs / 1_000),
    tags,
    message: "senses, and reports",
  };
}
