/**
 * `pahlevan demo`: a shop is learned, guarded, broken into, changed and healed, before your eyes.
 */
import { existsSync } from "node:fs";
import { release } from "node:os";
import { resolve } from "node:path";
import { isOn, valueOf, type Invocation } from "../command.ts";
import { EnvironmentError, exitCodes } from "../exit.ts";
import { expectRights } from "../privileges.ts";
import { version } from "../version.ts";
import { run as runProgram } from "./command.ts";
import { Interruption, Interrupted } from "./interruption.ts";
import { Keeper } from "./keeper.ts";
import { monitoringPrograms } from "./monitoring.ts";
import { Screen } from "./screen.ts";
import { tierText } from "./shown.ts";
import { Stage } from "./stage.ts";
import { Story } from "./story.ts";

export async function run(invocation: Invocation): Promise<number> {
  expectRights("demo");
  const busybox = await expectPrograms();
  const programs = isOn(invocation, "alone") ? undefined : monitoringPrograms();
  const keep = valueOf(invocation, "keep");
  if (keep !== undefined && existsSync(keep))
    throw new EnvironmentError(`demo: --keep ${keep} is there already`);
  const keeper = await Keeper.begin(keep === undefined ? keep : resolve(keep));
  using interruption = new Interruption();
  const goOn = () => interruption.goOn();
  const screen = new Screen(process.stdout);
  screen.title(
    `Pahlevan ${version}, a demonstration`,
    "It takes about a minute. Ctrl-C ends it at any time; nothing of it stays on this host.",
  );
  const stage = new Stage({ busybox, programs, goOn, keeper });
  try {
    screen.waiting("attaching to the kernel");
    const pahlevan = await stage.begin();
    goOn();
    screen.note(`Linux ${release()}: ${tierText(await stage.agent.tiers())}.`);
    screen.step(
      "A shop opens",
      "Three replicas of a small web service, each in a container. For each order it asks its " +
        "stock. Pahlevan sees them from inside the kernel, and knows nothing about them.",
    );
    await stage.open();
    screen.evidence({ colour: "green", word: "order", fact: await stage.firstOrder() });
    screen.waiting("starting Prometheus and Alertmanager");
    const url = await stage.watch(pahlevan);
    const driver =
      programs === undefined
        ? ["this node's own clock and guard", "Prometheus and Alertmanager are not here"]
        : [
            programs.says,
            `the shipped rules at a quick pace, and the shop's own alert: ${url}/alerts`,
          ];
    screen.evidence({
      colour: "cyan",
      word: "driven by",
      fact: driver[0] ?? "",
      more: driver.slice(1),
    });
    await new Story({ stage, screen, alertsDrive: programs !== undefined, goOn }).tell();
    screen.note(
      "That was a policy that learned, enforced, healed and held. For your own:",
      "  sudo ./pahlevan up --policy FOLDER    README.md begins there",
    );
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  } finally {
    screen.waiting("taking everything away");
    stage.stop();
    await keeper.takeAway();
  }
  const stays = keep === undefined ? "no file is left" : `what it wrote is in ${keep}`;
  screen.note(`Ended: no program is in the kernel, no container runs, ${stays}.`);
  return interruption.by === undefined ? exitCodes.fine : exitCodes.interrupted;
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
