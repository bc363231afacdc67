/**
 * What a request takes of nginx in executed instructions, where the LSM decides: bare and held, in
 * one boot of a VM that counts. A processor that is busy with nginx alone gives that many fewer
 * answers a second.
 */
import { join } from "node:path";
import * as z from "zod";
import type { KernelName } from "../../kernel/vm/kernels.ts";
import { runInVm } from "../../kernel/vm/vm.ts";
import { nginx } from "../../stack/workloads/nginx.ts";
import { imageOf } from "../../stack/workloads/rootfs.ts";
import { buildPrograms } from "../instructions/build.ts";
import type { Row } from "../row.ts";
import { spreadOf } from "../spread.ts";
import { roundSchema, type Round, type State } from "./nginx-rounds.ts";
import { named, OF_BARE_PERCENT } from "./nginx.ts";

const KERNELS: readonly KernelName[] = ["6.1", "7"];
const TIMEOUT_MS = 1_500_000;
/** What nginx-in-vm.ts prints. */
const countedSchema = z.object({ rounds: z.array(roundSchema) });

export async function countedRequestsOfNginx(
  say: (line: string) => void,
  kernels = KERNELS,
): Promise<Row[]> {
  // A VM finds what is to be built, or fetched, made.
  await imageOf(nginx);
  await buildPrograms();
  const rows: Row[] = [];
  for (const kernel of kernels) {
    const { rounds } = await counted(kernel, say);
    rows.push(rowOf(kernel, rounds, "held", "empty"));
    rows.push(rowOf(kernel, rounds, "listing", "emptyListing"));
  }
  return rows;
}

async function counted(
  kernel: KernelName,
  say: (line: string) => void,
): Promise<z.infer<typeof countedSchema>> {
  const script = join(import.meta.dirname, "nginx-in-vm.ts");
  const { exitCode, stdout, stderr } = await runInVm({
    ...{ kernel, icount: true, timeoutMs: TIMEOUT_MS },
    command: [process.execPath, script],
    say,
    onLine: (line, stream) => stream === "stderr" && say(line),
  });
  if (exitCode !== 0) throw new Error(`nginx on ${kernel}: exit code ${exitCode}\n${stderr}`);
  return countedSchema.parse(JSON.parse(stdout));
}

function rowOf(
  kernel: KernelName,
  rounds: readonly Round[],
  state: "held" | "listing",
  empty: State,
): Row {
  const own = (each: State) => spreadOf(rounds.map((round) => round[each].ownNs)).median.toFixed(0);
  const shares = rounds.map((round) => (round.bare.ownNs / round[state].ownNs) * 100);
  const { median } = spreadOf(shares);
  const atEntry = state === "listing" ? ", one at the entry of system calls" : "";
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  return {
    ...{ name: `nginx on ${kernel}, ${named[state]}: requests/s`, value: median },
    ...{ unit: "% of bare", budget: `≥ ${OF_BARE_PERCENT}`, ok: median >= OF_BARE_PERCENT },
    // Not exact: when the kernel's own timers fire moves a round by one per cent.
    detail:
      `${least.toFixed(2)} to ${most.toFixed(2)} in ${rounds.length} rounds; of a request nginx takes ` +
      `${own("bare")} → ${own(state)} instructions (${own(empty)} below empty programs${atEntry})`,
  };
}
