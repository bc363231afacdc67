/**
 * Runs in the network of a workload: does its load, and notes who comes to a stranger's address.
 */
import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { PATIENCE_MS } from "../../patience.ts";
import { stranger } from "./stranger.ts";
import { workloads, type WorkloadName } from "./all.ts";
import type { Site, Workload } from "./workload.ts";

export type Question =
  | { readonly ask: "answers" | "load"; readonly workload: WorkloadName; readonly site: Site }
  | { readonly ask: "door"; readonly workload: WorkloadName; readonly door: string }
  | { readonly ask: "visitors" };

export interface Answer {
  readonly id: number;
  readonly says?: readonly string[];
  readonly error?: string;
}

const visitors: string[] = [];

async function answer(question: Question): Promise<readonly string[]> {
  if (question.ask === "visitors") return visitors.splice(0);
  const workload: Workload = workloads[question.workload];
  const { answers, load, doors } = workload;
  if (question.ask === "door") {
    const isThrough = await doors?.[question.door]?.enter();
    return isThrough === true ? ["done"] : ["refused"];
  }
  const { site } = question;
  if (question.ask === "answers") await patiently(site, () => answers(site));
  else await load(site);
  return [];
}

/** A service that starts has nothing to wait on but its own answer. */
async function patiently({ pid }: Site, attempt: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const isLate = performance.now() > deadline;
      if (isLate || !existsSync(`/proc/${pid}/exe`)) throw error;
    }
    await delay(20);
  }
}

async function main(): Promise<void> {
  for (const words of ["link set lo up", `addr add ${stranger.address}/32 dev lo`])
    execFileSync("ip", words.split(" "));
  const server = createServer((socket) => {
    visitors.push("tcp");
    socket.on("error", () => undefined).end();
  });
  await once(server.listen(stranger.port, stranger.address), "listening");
  const datagrams = createSocket("udp4").on("message", () => visitors.push("udp"));
  datagrams.bind(stranger.port, stranger.address);
  await once(datagrams, "listening");
  process.on("message", (question: Question & { readonly id: number }) => {
    const { id } = question;
    answer(question).then(
      (says) => process.send?.({ id, says } satisfies Answer),
      (error: unknown) => process.send?.({ id, error: reasonOf(error) } satisfies Answer),
    );
  });
  process.once("disconnect", () => process.exit());
  process.send?.({ id: 0 } satisfies Answer);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

if (import.meta.main) await main();
