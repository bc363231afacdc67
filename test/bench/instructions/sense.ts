/**
 * Sensing and nothing else, for what is counted beside it: says "ready", ends when it is told to.
 * `--learning` keeps the program on the entry of system calls; `--empty` puts empty programs in
 * the place of ours; `--traced` takes neither LSM hooks nor trampolines, as if the kernel had none;
 * `--held POLICIES,ENTRIES` enforces a policy on what is counted.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { asking, kernelFacts } from "../../../agent/kernel/ask.ts";
import type { Ask } from "../../../agent/kernel/plan.ts";
import { Sensors } from "../../../agent/kernel/sensors.ts";
import { findHierarchy } from "../../../agent/workload/hierarchy.ts";
import { hold } from "../guard/held.ts";
import { compileBpf } from "../compile.ts";
import { chosenHooks, EmptyPrograms } from "../host/empty.ts";

const { values } = parseArgs({
  options: {
    learning: { type: "boolean", default: false },
    empty: { type: "boolean", default: false },
    traced: { type: "boolean", default: false },
    held: { type: "string" },
  },
});
const { learning, empty: isEmpty, traced, held } = values;
const [policies = 1, entries = 10] = held?.split(",").map(Number) ?? [];
const hierarchy = await findHierarchy();
const takes = asking(kernelFacts(hierarchy));
/** Tracepoints, cgroups' hooks and iterators are left. */
const onlyTracing: Ask = (hook) =>
  ["lsm", "fentry", "fexit", "fmod_ret"].includes(hook.kind) ? "not wanted" : takes(hook);
const sensors = Sensors.start({
  hierarchy,
  guard: held !== undefined,
  ask: traced ? onlyTracing : takes,
  policies: policies + 1,
  onRecord: () => undefined,
  mostEntries: 32_768, // what ops.c makes known is more than an instance is given else
});
let watching: { close(): void } = sensors;
// What is not sensed costs nothing, which is no result.
const measured = ["fork", "exec", "open", "unlink", "rename", "connect", "accept", "UDP send"];
const unseen = sensors.tiers().filter(({ fact, tier }) => !tier && measured.includes(fact));
if (unseen.length > 0)
  throw new Error(unseen.map(({ fact, refused }) => `${fact}: ${refused.at(-1)?.why}`).join("; "));
if (isEmpty) {
  const hooks = chosenHooks(sensors.tiers());
  sensors.close();
  const empty = new EmptyPrograms(compileBpf("host/empty.bpf.c"), hooks, hierarchy.mountPoint);
  empty.attach();
  if (learning) empty.attachSyscalls();
  setInterval(() => undefined, 1 << 30); // nothing else would keep this process
  watching = empty;
} else if (!learning) {
  // Converged: no instance learns its system calls any more. What else is warm, ops.c warms up.
  sensors.detachSyscalls();
}
if (held !== undefined)
  hold(sensors, join(hierarchy.mountPoint, "system.slice/bench.service"), { policies, entries });
console.log("ready");
process.once("SIGTERM", () => {
  watching.close();
  process.exit();
});
