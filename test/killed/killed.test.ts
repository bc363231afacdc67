/**
 * kill -9 at any instant, signals in flight: none that was acknowledged is lost, none moves a loop
 * twice, and all ends as if nobody had been killed.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { afterAll, expect, it } from "vitest";
import { Store } from "../../agent/store/store.ts";
import { randomFrom } from "../sim/random.ts";
import { Host, type Ready } from "./host.ts";
import { comparable, Judge, savedIn } from "./judge.ts";
import { Life } from "./life.ts";
import { Schedule, type Round } from "./schedule.ts";
import { Senders, tokenOf } from "./senders.ts";
import { beginMs, learned, shop } from "./shop.ts";

// Killing takes nothing from the page cache: a disk would only be waited for.
const memory = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const folder = mkdtempSync(join(memory, "killed-pahlevan-"));
afterAll(async () => {
  await Life.endAll();
  rmSync(folder, { recursive: true });
});

const seed = Number(process.env["PAHLEVAN_KILL_SEED"] ?? Math.floor(Math.random() * 2 ** 32));
/** Side by side, each a host of its own: starting takes the longest. */
const lanes = 4;
const killsALane = 50;
/** Most lives end after so many messages were answered, while the next are on their way. */
const mostAnswers = 6;
/** The others while they begin. */
const dyingYoung = 0.2;

function fresh(name: string): string {
  const directory = join(folder, name);
  mkdirSync(join(directory, "secrets"), { recursive: true });
  for (const sender of ["alertmanager", "grafana"] as const)
    writeFileSync(join(directory, "secrets", sender), tokenOf(sender));
  using store = Store.open({ stateDirectory: directory, decisionsKept: 1 });
  const profile = { profile: learned, blind: new Set<never>(), nowMs: beginMs };
  for (const workload of shop.flatMap(({ learns, workloads }) => (learns ? workloads : [])))
    store.profiles.merge({ namespace: "host", workload }, profile);
  return directory;
}

class Lane {
  readonly #directory: string;
  readonly #random: () => number;
  readonly #schedule: Schedule;
  readonly #judge = new Judge();
  readonly #senders: Senders;
  readonly #done: Round[] = [];
  #round: Round;
  /** How long it takes here and now: an instant is chosen among so many. */
  #beginsMs = 20;
  #roundMs = 5;

  constructor(directory: string, laneSeed: number) {
    this.#directory = directory;
    this.#random = randomFrom(laneSeed);
    this.#schedule = new Schedule(randomFrom(laneSeed + 1));
    this.#senders = new Senders(({ by }) =>
      savedIn(directory).signals.some(({ signal }) => signal.by === by),
    );
    this.#round = this.#schedule.next();
  }

  /** Whose rounds were all taken in the end, in this order. */
  get done(): readonly Round[] {
    return this.#done;
  }

  get faults(): readonly string[] {
    return this.#judge.faults;
  }

  async liveAndDie(): Promise<void> {
    const youthMs = this.#random() < dyingYoung ? this.#random() * 1.5 * this.#beginsMs : undefined;
    const life = new Life({
      ...{ directory: this.#directory, nowMs: this.#round.atMs },
      ...{ compiled: join(folder, "compiled"), youthMs },
    });
    const ready = await life.ready;
    if (ready !== undefined) {
      this.#beginsMs = life.beganMs;
      this.#look(ready);
      let answers = Math.floor(this.#random() * mostAnswers);
      const part = this.#random() * 1.5;
      const end = () => life.end(part * this.#roundMs);
      if (answers === 0) end();
      this.#senders.heard = () => (--answers === 0 ? end() : undefined);
      while (await this.#isSent(ready)) this.#round = this.#schedule.next();
    }
    await life.dead;
  }

  /** One that nobody kills has what is left. */
  async end(): Promise<void> {
    await using host = new Host(this.#directory, this.#round.atMs);
    const ready = await host.listen();
    this.#look(ready);
    if (!(await this.#isSent(ready))) throw new Error("nobody killed it, and it is gone");
    this.#look({ told: host.told() });
  }

  async #isSent({ url }: Ready): Promise<boolean> {
    const beganMs = performance.now();
    if (!(await this.#senders.send(url, this.#round))) return false;
    this.#roundMs = performance.now() - beganMs;
    this.#done.push(this.#round);
    return true;
  }

  #look({ told }: Pick<Ready, "told">): void {
    const acknowledged = this.#senders.acknowledged.values();
    this.#judge.look(savedIn(this.#directory), this.#round.atMs, acknowledged, told);
  }
}

async function unharmed(directory: string, rounds: readonly Round[]): Promise<void> {
  await using host = new Host(directory, rounds[0]?.atMs ?? beginMs);
  const { url } = await host.listen();
  const senders = new Senders(() => false);
  for (const round of rounds) await senders.send(url, round);
}

const counts = `${lanes * killsALane} times`;
it(`${counts} (again: PAHLEVAN_KILL_SEED=${seed})`, { timeout: 600_000 }, async () => {
  const live = async (number: number) => {
    const killed = fresh(`killed-${number}`);
    const lane = new Lane(killed, seed + 2 * number);
    for (let kill = 0; kill < killsALane; kill++) {
      await lane.liveAndDie();
      expect(lane.faults).toEqual([]);
    }
    await lane.end();
    expect(lane.faults).toEqual([]);
    expect(lane.done.length).toBeGreaterThan(killsALane / 2);
    const whole = fresh(`whole-${number}`);
    await unharmed(whole, lane.done);
    expect(comparable(savedIn(killed))).toEqual(comparable(savedIn(whole)));
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => live(number)));
});
