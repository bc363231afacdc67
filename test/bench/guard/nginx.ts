/** Requests a second of nginx: bare, then held to a policy of every facet, in turns. */
import { lstatSync } from "node:fs";
import { KernelTables } from "@pahlevan/agent/enforce/kernel-tables.ts";
import { Sensors } from "@pahlevan/agent/kernel/sensors.ts";
import type { Hierarchy } from "@pahlevan/agent/workload/hierarchy.ts";
import { attempt, run } from "../../stack/containers/command.ts";
import { OciContainer } from "../../stack/containers/oci-container.ts";
import { nginx } from "../../stack/workloads/nginx.ts";
import { imageOf } from "../../stack/workloads/rootfs.ts";
import type { Row } from "../row.ts";
import { spreadOf } from "../spread.ts";
import { everyFacet } from "./held.ts";

const ROUNDS = 10;
const SECONDS = 2;
const AT_LEAST_PERCENT = 98;

export async function requestsOfNginx(hierarchy: Hierarchy, rounds = ROUNDS): Promise<Row[]> {
  const { args, env } = nginx;
  const container = await OciContainer.run({
    args,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...env },
    image: await imageOf(nginx),
  });
  try {
    await answering(container);
    const shares: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < rounds; round++) {
      // Each round begins with the other one: what warms up or cools down is nobody's advantage.
      const order = round % 2 === 0 ? [false, true] : [true, false];
      const found = new Map<boolean, number>();
      for (const isHeld of order)
        found.set(isHeld, await (isHeld ? held(hierarchy, container) : requests(container)));
      bare.push(found.get(false) ?? NaN);
      shares.push(((found.get(true) ?? NaN) / (found.get(false) ?? NaN)) * 100);
    }
    const { median, low, high } = spreadOf(shares);
    return [
      {
        ...{ name: "nginx, enforced: requests/s", value: median, unit: "% of bare" },
        ...{ budget: `≥ ${AT_LEAST_PERCENT}`, ok: median >= AT_LEAST_PERCENT },
        detail: `half within ${low.toFixed(1)} … ${high.toFixed(1)}; ${spreadOf(bare).median.toFixed(0)}/s bare`,
      },
    ];
  } finally {
    await container.remove();
  }
}

async function held(hierarchy: Hierarchy, container: OciContainer): Promise<number> {
  const sensors = Sensors.start({ hierarchy, guard: true, policies: 2, onRecord: () => undefined });
  try {
    const kernel = new KernelTables(sensors);
    const { row } = kernel.install(everyFacet(10), 1);
    const folder = `${hierarchy.mountPoint}${container.cgroup}`;
    const instance = sensors.instanceOf(lstatSync(folder, { bigint: true }).ino);
    if (instance === undefined || !kernel.hold(instance, row))
      throw new Error("the kernel knows no instance of nginx");
    await requests(container); // so that it is warm, as bare it is
    const each = await requests(container);
    const denied = kernel.decided(instance.slot).filter(({ action }) => action !== "tell");
    if (denied.length > 0) throw new Error(`denied: ${JSON.stringify(denied.map(String))}`);
    return each;
  } finally {
    sensors.close();
  }
}

/** From within its network, over connections that stay. */
async function requests({ pid }: OciContainer): Promise<number> {
  const page = "http://127.0.0.1:8080/index.html";
  const load = ["wrk", "-t1", "-c16", `-d${SECONDS}s`, page];
  const stdout = await run("nsenter", ["-t", String(pid), "-n", ...load]);
  const [, found] = /^Requests\/sec: +([\d.]+)$/m.exec(stdout) ?? [];
  if (found === undefined || stdout.includes("Non-2xx")) throw new Error(`wrk: ${stdout}`);
  return Number(found);
}

async function answering({ pid }: OciContainer): Promise<void> {
  const ask = ["-t", String(pid), "-n", "curl", "-sf", "http://127.0.0.1:8080/index.html"];
  await run("nsenter", ["-t", String(pid), "-n", "ip", "link", "set", "lo", "up"]);
  for (let tries = 0; tries < 200; tries++) {
    const { code } = await attempt("nsenter", ask);
    if (code === 0) return;
    await new Promise((go) => setTimeout(go, 50));
  }
  throw new Error("nginx does not answer");
}
