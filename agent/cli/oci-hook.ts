/** `pahlevan oci-hook`: a runtime asks the agent to hold a container whose first process waits. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import * as z from "zod";
import { ask, connectTo } from "../sense/control-client.ts";
import type { HoldAnswer, StartingContainer } from "../sense/control-protocol.ts";
import { labels } from "../workload/runtimes/json.ts";
import { isOn, type Invocation } from "./command.ts";
import { EnvironmentError, exitCodes, UsageError } from "./exit.ts";
import { durationIn } from "./options.ts";
import { settingsOf } from "./settings.ts";
import { safe } from "./text/safe.ts";

/** Of the state that the OCI runtime specification gives hooks. */
const stateSchema = z.object({
  id: z.string(),
  pid: z.number(),
  bundle: z.string().optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const answerSchema = z.union([
  z.object({ workload: z.string(), policy: z.string(), phase: z.string() }),
  z.object({ error: z.string() }),
]);

/** A container's start waits meanwhile: an agent that is busy answers within a second. */
const usualMs = 10_000;

export async function run(invocation: Invocation): Promise<number> {
  const { controlSocket } = await settingsOf(invocation);
  const state = stateSchema.safeParse(jsonIn(await text(process.stdin)));
  if (!state.success)
    throw new UsageError("oci-hook: standard input is no container's state: a runtime gives it");
  const { id, pid, bundle, annotations } = state.data;
  try {
    const request = { pid, id, annotations: annotations ?? (await annotationsOf(bundle)) };
    const answer = await held(controlSocket, request, durationIn(invocation, "timeout") ?? usualMs);
    const by = answer.policy === "" ? "no policy selects it" : `${answer.policy}, ${answer.phase}`;
    console.error(`pahlevan: ${safe(answer.workload)}: ${safe(by)}`);
    return exitCodes.fine;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (isOn(invocation, "required")) throw new EnvironmentError(`oci-hook: ${why}`);
    console.error(`pahlevan: ${safe(id)} starts without being held: ${safe(why)}`);
    return exitCodes.fine;
  }
}

async function held(path: string, hold: StartingContainer, ms: number): Promise<HoldAnswer> {
  const socket = await connectTo(path);
  if (socket === undefined) throw new Error(`no agent answers at ${path}`);
  const late = () => socket.destroy(new Error(`the agent did not answer in ${ms / 1_000} s`));
  const timer = setTimeout(late, ms);
  try {
    for await (const line of ask(socket, { hold })) {
      const answer = answerSchema.parse(JSON.parse(line));
      if ("error" in answer) throw new Error(`the agent refuses: ${answer.error}`);
      return answer;
    }
    throw new Error("the agent did not answer");
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** Runtimes that leave them out of the state have them in the bundle. */
async function annotationsOf(bundle: string | undefined): Promise<Record<string, string>> {
  if (bundle === undefined) return {};
  const content = await readFile(join(bundle, "config.json"), "utf8");
  return labels(jsonIn(content), "annotations");
}

function jsonIn(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
