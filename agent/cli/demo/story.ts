/** What happens in the demo, step by step: each waits for a fact, and shows it. */
import { setTimeout as pause } from "node:timers/promises";
import type { Phase } from "@pahlevan/core/loop/phase.ts";
import type { EventLine } from "../../sense/event-line.ts";
import type { ToldLoop, ToldTransition } from "../loop/told.ts";
import type { Colour } from "../text/colour.ts";
import { breakIn } from "./program.ts";
import type { Screen } from "./screen.ts";
import type { Stage } from "./stage.ts";
import { attacker, replicas, victim } from "./words.ts";

export interface StoryOptions {
  readonly stage: Stage;
  readonly screen: Screen;
  /** Who drives the loop: "Prometheus 2.42.0 and …"; undefined: the node itself. */
  readonly driver: string | undefined;
  readonly goOn: () => void;
}

const lookMs = 100;
const patienceMs = 60_000;
/** As often as a program tries that wants to be noisy. */
const attempts = 8;

const colours: Partial<Record<Phase, Colour>> = {
  Canary: "yellow",
  Enforcing: "green",
  Healing: "yellow",
  Quarantine: "red",
};

export class Story {
  readonly #options: StoryOptions;
  #shown = 0;

  constructor(options: StoryOptions) {
    this.#options = options;
  }

  async tell(): Promise<void> {
    await this.#opens();
    await this.#learns();
    await this.#promotes();
    await this.#isBrokenInto();
    await this.#changes();
    await this.#isAttacked();
  }

  async #opens(): Promise<void> {
    const { stage, screen, driver } = this.#options;
    const { customers } = stage;
    screen.step("A shop opens");
    screen.says(
      "Three replicas of a small web service, in containers. For each order it asks its stock. " +
        "Pahlevan watches from inside the kernel, and was told nothing about them.",
    );
    await this.#until("the first orders", () => customers.served >= replicas.length);
    screen.evidence("green", "order", customers.last?.says ?? "", `from ${customers.last?.replica}`);
    screen.evidence("dim", "policy", `${stage.folder}/shop.yaml: learn, then deny the rest`);
    screen.evidence("dim", "driven by", driver ?? "this node's own timers and guard (Prometheus and Alertmanager are not installed)");
  }

  async #learns(): Promise<void> {
    const { stage, screen } = this.#options;
    screen.step("Pahlevan learns what it does");
    screen.says("Programs, files, endpoints: until nothing new has come for long enough.");
    await this.#loopUntil(
      "learning",
      ({ phase, transitions }) => phase !== "Pending" && phase !== "Learning" && transitions.length > 1,
      ({ why }) => why,
    );
    screen.evidence("green", "learned", await this.#learned());
    this.#showMoves(await this.#loop(), ["Learning", "Review"]);
    void stage;
  }

  async #promotes(): Promise<void> {
    const { screen, driver } = this.#options;
    screen.step(driver === undefined ? "It is promoted, step by step" : "An alert promotes it, step by step");
    screen.says(
      "One replica enforces, two only watch: the canary. While it does as well as the others, it goes on.",
    );
    await this.#loopUntil("the first step", ({ phase }) => phase === "Canary" || phase === "Enforcing", waitsFor);
    this.#showMoves(await this.#loop());
    await this.#loopUntil("the last step", ({ phase }) => phase === "Enforcing", waitsFor);
    const loop = await this.#loop();
    this.#showMoves(loop);
    screen.evidence("green", "enforced", `on ${loop.enforcing} of ${loop.instances} replicas`);
  }

  async #isBrokenInto(): Promise<void> {
    const { stage, screen } = this.#options;
    screen.step("Somebody breaks in");
    screen.says(
      `The shop has a hole: what follows a semicolon in an order is run by its shell. An attacker ` +
        `orders a reverse shell to ${attacker.address}:${attacker.port}.`,
    );
    const seen = stage.agent.decisions.length;
    await stage.customers.order(victim, breakIn(attacker));
    this.#showDenial(await this.#denial(attacker.address, seen));
    const { phase } = await this.#loop();
    screen.evidence("green", "loop", `stays ${phase}: one denial is no burst, and orders are served`);
  }

  async #changes(): Promise<void> {
    const { stage, screen } = this.#options;
    screen.step("The shop ships a new version");
    screen.says(
      `Orders are now paid for, at ${stage.payments.address}, which nobody has told Pahlevan. ` +
        "It denies that, and customers suffer.",
    );
    // An attack of just now would keep anything from being loosened.
    await this.#quiet();
    const seen = stage.agent.decisions.length;
    stage.configure([stage.stock, stage.payments]);
    this.#showDenial(await this.#denial(stage.payments.address, seen));
    await this.#until("a failed order", () => stage.customers.lastFailed !== undefined);
    screen.evidence("red", "order", `502: ${stage.customers.lastFailed?.says ?? ""}`);

    screen.step("It weighs what that means, and heals");
    screen.says(
      "A burst of denials: is the policy wrong, or is someone in? All replicas show the same, after " +
        "a change, and nothing sensitive was touched. It lets through exactly what was at fault.",
    );
    await this.#loopUntil("healing", ({ phase }) => phase === "Healing", waitsFor);
    const healing = await this.#loop();
    this.#showVerdict(healing);
    this.#showMoves(healing);
    for (const { behaviour } of healing.candidates)
      screen.evidence("yellow", "admitted", behaviour, "as a candidate: it expires unless somebody confirms it");
    await this.#loopUntil("the symptom to clear", ({ phase }) => phase === "Enforcing", ({ why }) => why);
    this.#showMoves(await this.#loop());
    const { served } = stage.customers;
    await this.#until("orders", () => stage.customers.served > served + 1);
    screen.evidence("green", "order", stage.customers.last?.says ?? "", "paid, and everything is still enforced");
  }

  async #isAttacked(): Promise<void> {
    const { stage, screen } = this.#options;
    screen.step("The attacker makes noise");
    screen.says(
      "Enough denials, and a system that counts them would roll its policy back. The same burst, " +
        "and the other reading: one replica, and what it reaches for is what attacks reach for.",
    );
    const seen = stage.agent.decisions.length;
    for (let attempt = 0; attempt < attempts; attempt++) {
      this.#options.goOn();
      await stage.customers.order(victim, breakIn(attacker));
    }
    this.#showDenial(await this.#denial(attacker.address, seen), `${attempts} times`);
    await this.#loopUntil("quarantine", ({ phase }) => phase === "Quarantine", waitsFor);
    stage.customers.leave(victim);
    const loop = await this.#loop();
    this.#showVerdict(loop);
    this.#showMoves(loop);
    const { served, failed } = stage.customers;
    await this.#until("orders", () => stage.customers.served >= served + 4);
    const others = replicas.filter((replica) => replica !== victim).join(" and ");
    const lost = stage.customers.failed - failed;
    screen.evidence("green", "orders", `${others} sell on: ${stage.customers.served - served} served, ${lost} failed`);
    screen.evidence("green", "policy", `enforced on ${loop.enforcing} of ${loop.instances}: nothing was loosened`);
  }

  #showMoves({ transitions }: ToldLoop, only?: readonly Phase[]): void {
    const { screen } = this.#options;
    const fresh = transitions.slice(this.#shown);
    for (const move of fresh) {
      if (only !== undefined && !only.includes(move.to)) break;
      this.#shown++;
      if (move.from === "Pending") continue;
      const way = move.from === move.to ? `${move.to}, next step` : `${move.from} → ${move.to}`;
      screen.evidence(colours[move.to] ?? "cyan", "moves", way, move.does, causeOf(move));
    }
  }

  #showVerdict({ verdict = "" }: ToldLoop): void {
    const [reading = "", ...why] = verdict.split(": ");
    this.#options.screen.evidence("magenta", "verdict", reading, why.join(": "));
  }

  #showDenial(line: EventLine, ...more: readonly string[]): void {
    const { object, process, reason, policy, tier, container, action } = line;
    const program = process?.args?.[0] ?? process?.exe ?? "";
    const said = action === "kill" ? "killed" : "denied";
    this.#options.screen.evidence(
      "red",
      said,
      `${object}  by ${program} in ${container?.name ?? ""}`,
      `${policy}: ${reason}`,
      `in the kernel (${tier} hook), before anything was sent`,
      ...more,
    );
  }

  /** Facets with how many behaviours, as far as a person counts them. */
  async #learned(): Promise<string> {
    const { instances } = await this.#loop();
    return `of ${instances} replicas, from their start`;
  }

  async #denial(of: string, from: number): Promise<EventLine> {
    const { decisions } = this.#options.stage.agent;
    const find = () =>
      decisions.slice(from).find(({ object, action }) => object.includes(of) && (action === "deny" || action === "kill"));
    await this.#until(`a denial of ${of}`, () => find() !== undefined);
    const found = find();
    if (found === undefined) throw new Error(`no denial of ${of}`);
    return found;
  }

  /** Until no denial is in the window by which bursts are judged. */
  async #quiet(): Promise<void> {
    const endMs = Date.now() + 7_000;
    await this.#until("quiet", () => Date.now() > endMs);
  }

  async #loop(): Promise<ToldLoop> {
    const loop = await this.#options.stage.agent.loop();
    if (loop === undefined) throw new Error("no policy selects the shop");
    return loop;
  }

  async #loopUntil(
    what: string,
    holds: (loop: ToldLoop) => boolean,
    says: (loop: ToldLoop) => string,
  ): Promise<void> {
    const { stage, screen } = this.#options;
    await this.#until(what, async () => {
      const loop = await stage.agent.loop();
      if (loop !== undefined) screen.waiting(says(loop));
      return loop !== undefined && holds(loop);
    });
    screen.waiting("");
  }

  async #until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const { goOn, stage } = this.#options;
    const endMs = Date.now() + patienceMs;
    while (!(await holds())) {
      goOn();
      if (Date.now() > endMs) {
        const loop = await stage.agent.loop();
        throw new Error(`the demo waited for ${what} in vain: ${JSON.stringify(loop, undefined, 1)}`);
      }
      await pause(lookMs);
    }
    goOn();
  }
}

function waitsFor({ next }: ToldLoop): string {
  const waits = next.flatMap((way) => (way.on === "look" ? [] : way.waitsFor));
  return waits[0] ?? "an alert";
}

function causeOf({ cause: { source, by, says, url } }: ToldTransition): string {
  const who = source === "alertmanager" ? `alert ${by}` : source === by ? by : `${source}: ${by}`;
  return [`by ${who}`, says, url].filter(Boolean).join(" · ");
}
