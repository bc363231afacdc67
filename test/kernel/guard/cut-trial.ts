/**
 * Nothing but the programs that cut a cgroup off, loaded as this kernel takes them: what comes
 * through of a connection that stands. Prints it as one line of JSON, as it is run in a VM.
 */
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { cutPrograms } from "../../../agent/kernel/hooks.ts";
import { Sensors } from "../../../agent/kernel/sensors.ts";
import { findHierarchy } from "../../../agent/workload/hierarchy.ts";
import { host, makeNetwork, network } from "./network.ts";
import { Intruder, Talker } from "./talk.ts";

export interface CutTrial {
  readonly before: Awaited<ReturnType<Talker["talksTo"]>>;
  readonly cut: CutTrial["before"];
  readonly lifted: CutTrial["before"];
}

const port = 7791;

async function trial(): Promise<CutTrial> {
  const hierarchy = await findHierarchy();
  const cgroup = join(hierarchy.mountPoint, "pahlevan-test-cut");
  mkdirSync(cgroup);
  const { ino } = statSync(cgroup, { bigint: true });
  using _network = makeNetwork();
  const sensors = Sensors.start({
    hierarchy,
    guard: true,
    ask: ({ program }) => (cutPrograms.includes(program) ? undefined : "not wanted here"),
    onRecord: () => undefined,
  });
  try {
    await using intruder = await Intruder.listening(host, port);
    await using talker = await Talker.begin({ cgroup, network, peer: [host, port], own: port + 1 });
    const before = await talker.talksTo(intruder);
    sensors.cuts().cut(ino, cgroup);
    const cut = await talker.talksTo(intruder);
    sensors.cuts().lift(ino);
    await talker.isHeardBy(intruder);
    return { before, cut, lifted: await talker.talksTo(intruder) };
  } finally {
    sensors.close();
  }
}

if (import.meta.main) console.log(JSON.stringify(await trial()));
