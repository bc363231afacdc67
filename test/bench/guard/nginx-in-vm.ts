/** Runs inside the VM that counts: rounds of nginx, printed as one line of JSON. */
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findHierarchy } from "@pahlevan/agent/workload/hierarchy.ts";
import { nginx } from "../../stack/workloads/nginx.ts";
import { imageOf } from "../../stack/workloads/rootfs.ts";
import { learnedFromNginx } from "./learned.ts";
import { roundsOf } from "./nginx-rounds.ts";
import { Serving } from "./serving.ts";

/** Instructions are counted: so few differ by one per cent. */
const [ROUNDS, REQUESTS] = [5, 250];

/** In memory: from the host's disk each open of a page would wait for the host. */
async function imageInMemory(): Promise<string> {
  const folder = join(mkdtempSync(join(tmpdir(), "image-")), "nginx");
  execFileSync("cp", ["-a", await imageOf(nginx), folder]); // no limit: the clock runs off meanwhile
  return folder;
}

const say = (line: string) => console.error(`${performance.now().toFixed(0)} ms: ${line}`);
const hierarchy = await findHierarchy();
const policy = await learnedFromNginx();
say("nginx is learned");
const asking = { image: await imageInMemory(), requests: REQUESTS, runs: 1 };
await using serving = await Serving.start(hierarchy, asking);
say("nginx answers");
const rounds = await roundsOf({ hierarchy, serving, policy }, ROUNDS, say);
console.log(JSON.stringify({ rounds }));
