/** Runs the host until it is killed. node child.ts DIRECTORY NOW-MS */
import { flushCompileCache } from "node:module";
import { Host } from "./host.ts";

// Nobody is left to hear it: the test has failed.
process.stdout.once("error", () => process.exit(1));
const [, , directory = "", nowMs = ""] = process.argv;
process.stdout.write("opening\n");
const host = new Host(directory, Number(nowMs));
process.stdout.write(`${JSON.stringify(await host.listen())}\n`);
// Who is killed keeps nothing for its next start; now all is compiled that a start takes.
flushCompileCache();
