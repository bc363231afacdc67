/**
 * The keeper's own process (keeper.ts): it has the demo's turn until its input ends, and takes the
 * demo away then. Arguments: the mark of the demo's processes, and the folder to remove, if any.
 */
import { once } from "node:events";
import { exitCodes } from "../exit.ts";
import { ready } from "./keeper.ts";
import { takingAway } from "./taking-away.ts";
import { takeTurn } from "./turn.ts";

const [mark = "", folder] = process.argv.slice(2);

if (await takeTurn()) {
  const steps = takingAway(mark, folder);
  // Who was killed reads nothing any more.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  process.stdout.write(ready);
  process.stdin.resume();
  await once(process.stdin, "end");
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      // What cannot be taken away keeps nothing else from going.
      console.error(String(error));
      process.exitCode = exitCodes.bug;
    }
  }
} else {
  console.error("another demo runs on this host: wait until it has ended");
  process.exitCode = exitCodes.environment;
}
