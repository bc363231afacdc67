/** The demo's agent: `pahlevan up`, as anybody starts it, and what it tells of the shop. */
import { join } from "node:path";
import * as z from "zod";
import { kernelOf } from "../../enforce/tiers.ts";
import { ask, askStatus, connectTo } from "../../sense/control-client.ts";
import { isEventLine, type EventLine } from "@pahlevan/core/behaviour/event-line.ts";
import { everything } from "../../sense/filter.ts";
import { loopOf, type ToldLoop } from "../loop/told.ts";
import { Server } from "./server.ts";
import { shop } from "./words.ts";

/** A busy or an emulated machine may take its time. */
const answerMs = 20_000;

const main = join(import.meta.dirname, "../main.ts");
const told = z.object({
  tiers: z.array(
    z.object({
      fact: z.string(),
      hook: z.string(),
      tier: z.string(),
    }),
  ),
});

export interface AgentOptions {
  /** All that it writes is in there. */
  readonly folder: string;
  readonly policy: string;
  readonly secrets: string;
  /** Of the demo that it is part of. */
  readonly mark: string;
}

export class DemoAgent {
  readonly server: Server;
  /** What policies decided about the shop. */
  readonly decisions: EventLine[] = [];
  readonly #socket: string;

  constructor({ folder, policy, secrets, mark }: AgentOptions) {
    this.#socket = join(folder, "agent.sock");
    const settings = {
      policy,
      "state-directory": join(folder, "state"),
      "save-interval": "1s",
      // Nothing outlives it.
      "pin-directory": "",
      "control-socket": this.#socket,
      listen: "127.0.0.1:0",
      // A slow machine's runc takes longer than the usual two seconds to write down what it starts.
      "metadata-wait": "20s",
      "log-format": "json",
      "signals-secrets": secrets,
      config: "/dev/null",
    };
    this.server = new Server({
      program: process.execPath,
      args: [main, "up", ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`)],
      environment: ownSettings(process.env),
      address: /"metrics":"http:\/\/([^/"]+)\/metrics"/,
      mark,
    });
  }

  /** HOST:PORT of its metrics, and of where it takes alerts. */
  async start(): Promise<string> {
    await this.server.started();
    const socket = await connectTo(this.#socket);
    if (socket === undefined) throw new Error("the agent does not answer");
    socket.on("error", () => undefined);
    void this.#follow(ask(socket, { observe: shopDecisions, sinceStart: true }));
    return this.server.address;
  }

  /** Where the shop's policy is; undefined while no replica is known. */
  async loop(): Promise<ToldLoop | undefined> {
    return loopOf(await this.#status()).find(({ workload }) => workload === shop);
  }

  /** What this kernel does about an act that is denied. */
  async tiers() {
    const { tiers } = told.parse(await this.#status());
    return kernelOf(tiers.map((tier) => ({ ...tier, kinds: [] }))).tiers;
  }

  async #status() {
    const status = await askStatus(this.#socket, answerMs);
    if (status !== undefined) return status;
    throw new Error(`the agent does not answer; it said last:\n${this.server.said}`);
  }

  async #follow(lines: AsyncIterable<string>): Promise<void> {
    try {
      for await (const line of lines) {
        const value: unknown = JSON.parse(line);
        if (isEventLine(value) && value.event === "pahlevan.decision") this.decisions.push(value);
      }
    } catch {
      // It has ended: whoever asks for its status is told.
    }
  }
}

const shopDecisions = { ...everything, workloads: [shop], decisions: true };

/** What somebody has set for an agent of his own is not for this one. */
function ownSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(?:PAHLEVAN|OTEL)_/.test(name)),
  );
}
