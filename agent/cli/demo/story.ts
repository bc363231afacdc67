/** What happens in the demo, step by step: each waits for a fact, and shows it. */
import { setTimeout as pause } from "node:timers/promises";
import type { EventLine } from "@pahlevan/core/behaviour/event-line.ts";
import type { ToldLoop } from "../loop/told.ts";
import { learnedIn } from "./learned.ts";
import { breakIn } from "./program.ts";
import type { Screen } from "./screen.ts";
import { denialText, learnedText, moveText, verdictText } from "./shown.ts";
import type { Stage } from "./stage.ts";
import { attacker, replicas, victim } from "./words.ts";

export interface StoryOptions {
  readonly stage: Stage;
  readonly screen: Screen;
  /** Whether alerts move the loop, or the node itself. */
  readonly alertsDrive: boolean;
  /** Throws when somebody wants an end. */
  readonly goOn: () => void;
}

const lookMs = 100;
const patienceMs = 60_000;
/** As often as a program tries that wants to be noisy. */
const attempts = 8;
/**
 * The policy's rollbackWindow, and a little: who attacked just now keeps all from being loosened.
 */
const quietMs = 7_000;

export class Story {
  readonly #options: StoryOptions;
  /** Transitions. */
  #shown = 0;

  constructor(options: StoryOptions) {
    this.#options = options;
  }

  async tell(): Promise<void> {
    await this.#learns();
    await this.#isPromoted();
    await this.#isBrokenInto();
    await this.#changes();
    await this.#heals();
    await this.#isAttacked();
  }

  async #learns(): Promise<void> {
    const { stage, screen } = this.#options;
    screen.step(
      "Pahlevan learns what it does",
      "The kernel remembers what each replica has done, and tells what is new. Learning is complete " +
        "when nothing new has come for long enough.",
    );
    await this.#loopUntil(
      "learning to end",
      ({ phase }) => phase !== "Pending" && phase !== "Learning",
      ({ why }) => why,
    );
    screen.evidence(learnedText(learnedIn(stage.folder)));
    const loop = await this.#loop();
    const review = loop.transitions.findIndex(({ to }) => to === "Review");
    this.#showMoves(loop, review + 1);
  }

  async #isPromoted(): Promise<void> {
    const { screen, alertsDrive } = this.#options;
    screen.step(
      alertsDrive ? "Alerts promote it, step by step" : "It is promoted, step by step",
      "First one replica enforces and two only watch: the canary. While it does as well as the others, " +
        "it goes on.",
    );
    await this.#loopUntil(
      "a promotion",
      ({ phase }) => phase === "Canary" || phase === "Enforcing",
    );
    this.#showMoves(await this.#loop());
    await this.#loopUntil("the last step", ({ phase }) => phase === "Enforcing");
    const loop = await this.#loop();
    this.#showMoves(loop);
    this.#good(
      "enforced",
      `on ${loop.enforcing} of ${loop.instances} replicas: what it never did is denied`,
    );
  }

  async #isBrokenInto(): Promise<void> {
    const { stage, screen } = this.#options;
    screen.step(
      "Somebody breaks in",
      "The shop has a hole: its shell runs what follows a semicolon in an order. An attacker orders a " +
        `reverse shell to ${attacker.address}:${attacker.port}.`,
    );
    const seen = stage.agent.decisions.length;
    await stage.customers.order(victim, breakIn(attacker));
    screen.evidence(denialText(await this.#denial(attacker.address, seen), 1));
    const { phase } = await this.#loop();
    this.#good("loop", `stays ${phase}: one denial is no burst, and nobody suffers`);
    // The next step is about something else.
    const endMs = Date.now() + quietMs;
    await this.#until("quiet", () => {
      screen.waiting("until this is over: what follows is about something else");
      return Date.now() > endMs;
    });
  }

  async #changes(): Promise<void> {
    const { stage, screen } = this.#options;
    screen.step(
      "The shop ships a new version",
      `The same image with a new configuration: orders are now also paid for, at ${stage.payments.address}. ` +
        "Nobody has told Pahlevan.",
    );
    const seen = stage.agent.decisions.length;
    stage.configure([stage.stock, stage.payments]);
    screen.evidence(denialText(await this.#denial(stage.payments.address, seen), 1));
    await this.#until("a failed order", () => stage.customers.lastFailed !== undefined);
    screen.evidence({
      colour: "red",
      word: "order",
      fact: `fails: ${stage.customers.lastFailed?.says ?? ""}`,
    });
  }

  async #heals(): Promise<void> {
    const { stage, screen } = this.#options;
    screen.step(
      "It weighs what that means, and heals",
      "A burst of denials: is the policy wrong, or is someone in? Who shows it, what changed, who suffers " +
        "and what was touched say which; and what was at fault is let through, nothing else.",
    );
    await this.#loopUntil("healing", ({ phase }) => phase === "Healing");
    const healing = await this.#loop();
    screen.evidence(verdictText(healing.verdict ?? ""));
    this.#showMoves(healing);
    for (const { behaviour } of healing.candidates)
      screen.evidence({
        colour: "yellow",
        word: "admitted",
        fact: behaviour,
        more: ["for a day, unless somebody confirms it"],
      });
    await this.#loopUntil("the symptom to clear", ({ phase }) => phase === "Enforcing");
    this.#showMoves(await this.#loop());
    const { served } = stage.customers;
    await this.#until("orders", () => stage.customers.served > served + 1);
    this.#good("order", `served again: ${stage.customers.last?.says ?? ""}`);
  }

  async #isAttacked(): Promise<void> {
    const { stage, screen } = this.#options;
    const { customers } = stage;
    screen.step(
      "The attacker makes noise",
      "Who counts denials alone can be made to roll a policy back. This burst is as loud as the one before; " +
        "but one replica shows it, and what it reaches for is what attacks reach for.",
    );
    const seen = stage.agent.decisions.length;
    for (let attempt = 0; attempt < attempts; attempt++) {
      this.#options.goOn();
      await customers.order(victim, breakIn(attacker));
    }
    screen.evidence(denialText(await this.#denial(attacker.address, seen, attempts), attempts));
    await this.#loopUntil("quarantine", ({ phase }) => phase === "Quarantine");
    customers.leave(victim);
    const loop = await this.#loop();
    screen.evidence(verdictText(loop.verdict ?? ""));
    this.#showMoves(loop);
    await this.#isCutOff();
    const { served, failed } = customers;
    await this.#until("orders", () => customers.served >= served + 4);
    const others = replicas.filter((replica) => replica !== victim).join(" and ");
    this.#good(
      "orders",
      `${others} sell on: ${customers.served - served} served, ${customers.failed - failed} failed`,
    );
    this.#good(
      "policy",
      `enforced on ${loop.enforcing} of ${loop.instances}: the noise has loosened nothing`,
    );
  }

  /** Asked to try once more, it is refused by another rule. */
  async #isCutOff(): Promise<void> {
    const { stage, screen } = this.#options;
    const seen = stage.agent.decisions.length;
    await stage.customers.order(victim, breakIn(attacker));
    const { reason } = await this.#denial(attacker.address, seen);
    const fact = "is cut off from all but its own loopback";
    const more = [`one try more: ${reason}`, "it runs on, for whoever looks into it"];
    screen.evidence({ colour: "red", word: victim, fact, more });
  }

  #good(word: string, fact: string): void {
    this.#options.screen.evidence({ colour: "green", word, fact });
  }

  /** Those that were not shown yet; that it began to learn is no news. */
  #showMoves({ transitions }: ToldLoop, upTo = transitions.length): void {
    for (const move of transitions.slice(this.#shown, upTo))
      if (move.from !== "Pending") this.#options.screen.evidence(moveText(move));
    this.#shown = upTo;
  }

  /** The first one since then, once there are as many. */
  async #denial(of: string, from: number, times = 1): Promise<EventLine> {
    const { decisions } = this.#options.stage.agent;
    const all = () =>
      decisions.slice(from).filter(({ object, mode }) => mode === "enforce" && object.includes(of));
    await this.#until(`a denial of ${of}`, () => all().length >= times);
    const [found] = all();
    if (found === undefined) throw new Error(`no denial of ${of}`);
    return found;
  }

  async #loop(): Promise<ToldLoop> {
    const loop = await this.#options.stage.agent.loop();
    if (loop === undefined) throw new Error("no policy selects the shop");
    return loop;
  }

  async #loopUntil(
    what: string,
    holds: (loop: ToldLoop) => boolean,
    says: (loop: ToldLoop) => string = waitsFor,
  ): Promise<void> {
    const { stage, screen } = this.#options;
    await this.#until(what, async () => {
      const loop = await stage.agent.loop();
      if (loop !== undefined) screen.waiting(says(loop));
      return loop !== undefined && holds(loop);
    });
  }

  async #until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const { goOn, stage } = this.#options;
    const endMs = Date.now() + patienceMs;
    while (!(await holds())) {
      goOn();
      if (Date.now() > endMs) {
        const loop = await stage.agent.loop();
        const where =
          loop === undefined ? "nowhere" : `in ${loop.phase}: ${loop.question ?? loop.why}`;
        throw new Error(`the demo waited for ${what} in vain; the loop is ${where}`);
      }
      await pause(lookMs);
    }
    goOn();
  }
}

function waitsFor({ phase, next }: ToldLoop): string {
  const [waits] = next.flatMap((way) => way.waitsFor);
  return `${phase}: ${waits ?? "an alert"}`;
}
