/** Takes out of the kernel what an agent left in force, and says so when it is true. */
import { type PinnedProgram, removePins, untilGone } from "../kernel/pins.ts";
import type { Config } from "./config/keys.ts";
import { exitCodes } from "./exit.ts";

/** Each program takes the kernel a tenth of a second or less: one that takes so long is held. */
export const patienceMs = 30_000;

export async function lift(
  { pinDirectory }: Pick<Config, "pinDirectory">,
  mostMs = patienceMs,
): Promise<number> {
  const programs = removePins(pinDirectory);
  if (programs.length === 0) {
    console.log(`nothing was in force (${pinDirectory} holds nothing)`);
    return exitCodes.fine;
  }
  console.error(`waiting for the kernel to let go of ${programs.length} programs`);
  const left = await untilGone(programs, mostMs);
  if (left.length > 0) {
    console.error(stillThere(left));
    return exitCodes.found;
  }
  console.log(
    `lifted: ${programs.length} programs are detached, and no policy is in force any more`,
  );
  return exitCodes.fine;
}

export function stillThere(left: readonly PinnedProgram[]): string {
  const named = left.map(({ name, id }) => `${name} (id ${id})`).join(", ");
  return (
    `nothing is pinned any more, but the kernel still has ${left.length} programs, and what they ` +
    `decide may stay in force: ${named}; 'bpftool prog show' says who holds them`
  );
}
