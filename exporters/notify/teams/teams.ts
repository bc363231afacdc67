/** The sink `teams`: incidents as cards in a channel of Microsoft Teams. */
import { httpKeys, HttpPeer, type HttpAnswer } from "../../delivery/http.ts";
import { secretSetting } from "../../settings.ts";
import type { SinkKind } from "../../sink.ts";
import { outcomeOf } from "../answers.ts";
import { Notifier } from "../notifier.ts";
import { notifyBatch, notifyKeys } from "../settings.ts";
import { notifyEvents, requireWebAddress } from "../sink-parts.ts";
import { oneByOne, type Message, type Outcome, type Teller } from "../teller.ts";
import { cardMessage } from "./card.ts";

const keys = {
  "webhook-url": secretSetting(
    "The address of a workflow 'Post to a channel when a webhook request is received'.",
  ),
  ...notifyKeys({ groupWaitMs: 10_000, repeatMs: 300_000, mostPerMinute: 20 }),
  ...httpKeys,
};

export const teams = {
  type: "teams",
  says: "Incidents as cards in a channel of Microsoft Teams.",
  keys,
  events: notifyEvents,
  metrics: false,
  batch: notifyBatch,
  make(settings, around) {
    const { "webhook-url": address } = settings;
    requireWebAddress("webhook-url", address);
    return new Notifier(settings, new Teams(new HttpPeer(settings), address, around.nowMs), around);
  },
} satisfies SinkKind<typeof keys>;

class Teams implements Teller {
  readonly isPager = false;
  readonly #peer: HttpPeer;
  readonly #url: string;
  readonly #nowMs: () => number;

  constructor(peer: HttpPeer, url: string, nowMs: () => number) {
    this.#peer = peer;
    this.#url = url;
    this.#nowMs = nowMs;
  }

  tell(messages: readonly Message[], signal: AbortSignal): Promise<readonly Outcome[]> {
    return oneByOne(messages, async (message) => {
      const headers = { "content-type": "application/json" };
      const body = cardMessage(message);
      const answer = await this.#peer.ask({ url: this.#url, headers, body, signal });
      return this.#outcome(answer);
    });
  }

  /** Every whole request would post: this one only asks who is there. */
  async check(signal: AbortSignal): Promise<string> {
    const { status } = await this.#peer.ask({ url: this.#url, method: "HEAD", signal });
    return `${new URL(this.#url).host} answers (${status}); whether it posts only a message can tell`;
  }

  async close(): Promise<void> {
    this.#peer.close();
  }

  /** The connectors before Workflows answered 200 to what Teams itself had refused. */
  #outcome(answer: HttpAnswer): Outcome {
    const [, status = ""] =
      /delivery failed with error:.*?HTTP error (\d{3})/.exec(answer.body) ?? [];
    return outcomeOf(status === "" ? answer : { ...answer, status: Number(status) }, this.#nowMs());
  }
}
