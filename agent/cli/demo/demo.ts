/** `pahlevan demo`: a shop is learned, guarded, broken into, changed and healed, before your eyes. */
import { existsSync } from "node:fs";
import { release } from "node:os";
import type { Invocation } from "../command.ts";
import { EnvironmentError, exitCodes } from "../exit.ts";
import { expectRights } from "../privileges.ts";
import { untilSignal, type EndingSignal } from "../signals.ts";
import { version } from "../version.ts";
import { monitoringPrograms } from "./monitoring.ts";
import { Screen } from "./screen.ts";
import { Stage } from "./stage.ts";
import { Story } from "./story.ts";
import { run as runProgram } from "./command.ts";

class Interrupted extends Error {}

export async function run(invocation: Invocation): Promise<number> {
  void invocation;
  expectRights("demo");
  const busybox = await expectPrograms();
  const ending: { by?: EndingSignal } = {};
  void untilSignal().then((signal) => (ending.by = signal));
  const goOn = () => {
    if (ending.by !== undefined) throw new Interrupted();
  };
  const programs = monitoringPrograms();
  const screen = new Screen(process.stdout);
  screen.title(
    `Pahlevan ${version} · a demonstration`,
    "About 80 seconds. Ctrl-C ends it at any time; nothing of it stays on this host.",
  );
  const stage = new Stage({ busybox, programs, goOn });
  try {
    screen.waiting("attaching to the kernel, starting containers");
    await stage.open();
    await sayTier(screen, stage);
    await new Story({ stage, screen, driver: programs?.says, goOn }).tell();
    screen.note("…");
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    screen.note(`ending (${ending.by})`);
  } finally {
    screen.waiting("taking everything away");
    await stage.close();
  }
  screen.note("Ended: no program is in the kernel, no container runs, no file is left.");
  return ending.by === undefined ? exitCodes.fine : 130;
}

async function sayTier(screen: Screen, { agent }: Stage): Promise<void> {
  const { network, exec, file } = await agent.tiers();
  screen.note(`Linux ${release()}: network ${network}, exec ${exec}, file ${file}`);
}

/** The path of busybox. */
async function expectPrograms(): Promise<string> {
  const lacks = "demo needs runc and a static busybox; Debian: apt-get install runc busybox-static";
  const busybox = ["/bin/busybox", "/usr/bin/busybox", "/sbin/busybox"].find(existsSync);
  if (busybox === undefined) throw new EnvironmentError(lacks);
  try {
    await runProgram("runc", ["--version"]);
  } catch {
    throw new EnvironmentError(lacks);
  }
  return busybox;
}
