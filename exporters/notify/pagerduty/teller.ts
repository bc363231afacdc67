/** Incidents in PagerDuty: triggered, told again, resolved by the same key. */
import { expectStatus, type HttpAnswer, type HttpPeer } from "../../delivery/http.ts";
import { outcomeOf } from "../answers.ts";
import { isBornOver, type Incident } from "../incident.ts";
import { oneByOne, type Message, type Outcome, type Teller } from "../teller.ts";
import { resolveEvent, triggerEvent } from "./event.ts";

export class PagerDuty implements Teller {
  readonly isPager = true;
  readonly #peer: HttpPeer;
  readonly #url: string;
  readonly #routingKey: string;
  readonly #nowMs: () => number;

  constructor(peer: HttpPeer, endpoint: string, routingKey: string, nowMs: () => number) {
    this.#peer = peer;
    this.#url = `${endpoint.replace(/\/$/, "")}/v2/enqueue`;
    this.#routingKey = routingKey;
    this.#nowMs = nowMs;
  }

  tell(messages: readonly Message[], signal: AbortSignal): Promise<readonly Outcome[]> {
    return oneByOne(messages, async (message) =>
      message.about === "news" ? { is: "told" } : this.#tellOne(message.incident, signal),
    );
  }

  /** An event without a key is refused by whoever would take one with it. */
  async check(signal: AbortSignal): Promise<string> {
    expectStatus(await this.#post({}, signal), 400, 202);
    return "PagerDuty answers; whether it knows the routing key only an event can tell";
  }

  async close(): Promise<void> {
    this.#peer.close();
  }

  async #tellOne(incident: Incident, signal: AbortSignal): Promise<Outcome> {
    const isOver = incident.over !== undefined;
    // What began and ended before it was told is told as both, or nobody would know of it.
    if (!isOver || (incident.told === undefined && !isBornOver(incident))) {
      const triggered = await this.#post(triggerEvent(incident, this.#routingKey), signal);
      const outcome = outcomeOf(triggered, this.#nowMs());
      if (!isOver || outcome.is !== "told") return outcome;
    }
    return outcomeOf(
      await this.#post(resolveEvent(incident, this.#routingKey), signal),
      this.#nowMs(),
    );
  }

  #post(body: object, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = { "content-type": "application/json" };
    return this.#peer.ask({ url: this.#url, headers, body: JSON.stringify(body), signal });
  }
}
