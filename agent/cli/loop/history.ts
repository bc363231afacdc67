/** `pahlevan loop history`: how each policy came to where it is. */
import { valueOf, type Invocation } from "../command.ts";
import { exitCodes } from "../exit.ts";
import { safe } from "../text/safe.ts";
import { table } from "../text/table.ts";
import { loopsFor, type ToldLoop, type ToldTransition } from "./told.ts";

const head = ["TIME", "POLICY", "WORKLOAD", "FROM", "TO", "BY", "WHY"];

export async function run(invocation: Invocation): Promise<number> {
  const loops = await loopsFor(invocation);
  const moves = loops
    .flatMap((loop) => loop.transitions.map((transition) => ({ loop, transition })))
    .toSorted((a, b) => a.transition.atMs - b.transition.atMs);
  if (valueOf(invocation, "output") === "json") {
    for (const { loop, transition } of moves) console.log(JSON.stringify(lineOf(loop, transition)));
  } else {
    const rows = moves.map(({ loop, transition }) => rowOf(loop, transition).map(safe));
    process.stdout.write(rows.length === 0 ? "no policy has moved yet\n" : table([head, ...rows]));
  }
  return exitCodes.fine;
}

function lineOf({ policy, namespace, workload }: ToldLoop, { atMs, ...rest }: ToldTransition) {
  return { time: new Date(atMs).toISOString(), namespace, policy, workload, ...rest };
}

function rowOf({ policy, workload }: ToldLoop, { from, to, atMs, cause, does }: ToldTransition) {
  const by = cause.by === cause.source ? cause.by : `${cause.source}: ${cause.by}`;
  const why = cause.says === "" ? does : `${does} (${cause.says})`;
  return [new Date(atMs).toISOString().slice(0, 19), policy, workload, from, to, by, why];
}
