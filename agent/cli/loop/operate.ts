/** `pahlevan loop promote|rollback|…`: an operator moves a loop, and hears what became of it. */
import { userInfo } from "node:os";
import { signalKinds, type SignalKind, type Target } from "@pahlevan/core/loop/signal.ts";
import { isForAll } from "../../loop/for-all.ts";
import { askToMove } from "../../sense/control-client.ts";
import { isOn, valueOf, type Invocation } from "../command.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { settingsOf } from "../settings.ts";
import { safe } from "../text/safe.ts";
import { loopsFor } from "./told.ts";

export async function run(invocation: Invocation): Promise<number> {
  const kind = kindOf(invocation.command.name);
  const all = isOn(invocation, "all");
  const reason = valueOf(invocation, "reason")?.trim() ?? "";
  const targets = await targetsOf(invocation, all && isForAll(kind), reason);
  const { controlSocket } = await settingsOf(invocation);
  const by = process.env["SUDO_USER"] ?? userInfo().username;
  const told = [];
  for (const target of targets)
    told.push(...(await askToMove(controlSocket, { kind, target, by, reason, all })));
  if (told.length === 0) console.error(`no loop is where ${kind} means anything`);
  if (valueOf(invocation, "output") === "json") console.log(JSON.stringify(told, undefined, 2));
  else
    for (const { policy, workload, outcome, says } of told)
      console.log(safe(`${policy} ${workload}: ${outcome}: ${says}`));
  const isDone = told.length > 0 && told.every(({ outcome }) => outcome === "accepted");
  return isDone ? exitCodes.fine : exitCodes.found;
}

/** One loop at a time, or all in one act: that one is on disk, and moves them all, or none. */
async function targetsOf(
  invocation: Invocation,
  isForEvery: boolean,
  reason: string,
): Promise<readonly Target[]> {
  const { command, rest } = invocation;
  if (isForEvery && rest.length > 0)
    throw new UsageError(`${command.name}: either --all, or the names of policies`);
  if (isForEvery && reason === "")
    throw new UsageError(
      `${command.name} --all: why? --reason TEXT, for whoever reads the history`,
    );
  if (!isForEvery && rest.length === 0)
    throw new UsageError(`${command.name}: which policy? 'pahlevan loop status' names them`);
  // Also where all are meant: whether an agent is there is said in the same words.
  const loops = await loopsFor(invocation);
  if (isForEvery) return [{}];
  return loops.map(({ namespace, policy, workload }) => ({ namespace, policy, workload }));
}

function kindOf(command: string): SignalKind {
  const found = signalKinds.find((kind) => command === `loop ${kind}`);
  if (found === undefined) throw new Error(`no signal is named as ${command}`);
  return found;
}
