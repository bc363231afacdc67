/** `pahlevan loop promote|rollback|…`: an operator moves a loop, and hears what became of it. */
import { userInfo } from "node:os";
import { signalKinds, type SignalKind } from "@pahlevan/core/loop/signal.ts";
import { askToMove } from "../../sense/control-client.ts";
import { isOn, valueOf, type Invocation } from "../command.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { settingsOf } from "../settings.ts";
import { safe } from "../text/safe.ts";
import { loopsFor } from "./told.ts";

export async function run(invocation: Invocation): Promise<number> {
  const { name: command } = invocation.command;
  if (invocation.rest.length === 0)
    throw new UsageError(`${command}: which policy? 'pahlevan loop status' names them`);
  const loops = await loopsFor(invocation);
  const { controlSocket } = await settingsOf(invocation);
  const kind = kindOf(command);
  const reason = valueOf(invocation, "reason") ?? "";
  const by = process.env["SUDO_USER"] ?? userInfo().username;
  const told = [];
  for (const { namespace, policy, workload } of loops) {
    const target = { namespace, policy, workload };
    told.push(
      ...(await askToMove(controlSocket, {
        kind,
        target,
        by,
        reason,
        all: isOn(invocation, "all"),
      })),
    );
  }
  if (valueOf(invocation, "output") === "json") console.log(JSON.stringify(told, undefined, 2));
  else
    for (const { policy, workload, outcome, says } of told)
      console.log(safe(`${policy} ${workload}: ${outcome}: ${says}`));
  const isDone = told.length > 0 && told.every(({ outcome }) => outcome === "accepted");
  return isDone ? exitCodes.fine : exitCodes.found;
}

function kindOf(command: string): SignalKind {
  const found = signalKinds.find((kind) => command === `loop ${kind}`);
  if (found === undefined) throw new Error(`no signal is named as ${command}`);
  return found;
}
