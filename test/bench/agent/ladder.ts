/**
 * The highest rate of real opens at which every one is told and none is lost, at the default ring.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { decode } from "../../../agent/kernel/decode.ts";
import { Sensors } from "../../../agent/kernel/sensors.ts";
import type { Hierarchy } from "../../../agent/workload/hierarchy.ts";
import { BenchCgroup } from "../bench-cgroup.ts";
import type { Programs } from "../instructions/build.ts";
import type { Row } from "../row.ts";

const RUNGS = [5_000, 10_000, 20_000, 40_000, 60_000, 80_000, 120_000, 160_000, 240_000];
const RUNG_SECONDS = 2;

interface Rung {
  readonly perSecond: number;
  readonly told: number;
  readonly lost: number;
}

export async function lossLadder(hierarchy: Hierarchy, programs: Programs): Promise<Row> {
  let best = 0;
  let detail = "no higher rate was tried";
  for (const rate of RUNGS) {
    const { perSecond, told, lost } = await climb(hierarchy, programs, rate);
    if (lost > 0) {
      detail = `at ${rate}/s it loses ${((100 * lost) / (told + lost)).toFixed(2)} %`;
      break;
    }
    best = Math.max(best, perSecond);
    if (perSecond < rate * 0.8) {
      detail = `at ${rate}/s whoever opens is the slower one`;
      break;
    }
  }
  return {
    ...{ name: "every open told and decoded, none lost", value: best, unit: "records/s" },
    ...{ budget: "-", ok: true, detail },
  };
}

async function climb(hierarchy: Hierarchy, { opens }: Programs, rate: number): Promise<Rung> {
  const cgroup = new BenchCgroup(hierarchy, "ladder");
  const directory = mkdtempSync("/dev/shm/pahlevan-");
  const sensors = Sensors.start({ hierarchy, onRecord: (record) => void decode(record) });
  try {
    sensors.detachSyscalls();
    sensors.everyKinds(["open"]);
    const began = performance.now();
    const [program, args] = cgroup.command(
      opens,
      directory,
      String(rate),
      String(RUNG_SECONDS),
      "same",
    );
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    let made = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (made += text));
    await once(child, "close");
    const seconds = (performance.now() - began) / 1000;
    sensors.stop();
    let lost = 0;
    for (const counts of sensors.counters())
      for (const why of Object.values(counts.get("open")?.dropped ?? {})) lost += why;
    return { perSecond: Number(made) / seconds, told: sensors.received().get("open") ?? 0, lost };
  } finally {
    sensors.close();
    await cgroup.remove();
    rmSync(directory, { recursive: true });
  }
}
