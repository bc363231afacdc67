/** Splunk: events to its HTTP Event Collector, acknowledged by its indexers if one wants. */
import { randomUUID } from "node:crypto";
import { duration, text } from "@pahlevan/core/settings/values.ts";
import { batchKeys, batchOf, httpKeys, HttpPeer, type HttpAnswer } from "../../delivery/http.ts";
import { sorts, type Outgoing } from "../../record.ts";
import { onOff, secretSetting, setting, url, type Values } from "../../settings.ts";
import { refuse, sent, together, tryAgain } from "../../sink.ts";
import type { Around, Report, Sink, SinkKind } from "../../sink.ts";
import { at, jsonIn, textAt } from "../answer.ts";
import { inPieces, type Outcome } from "../in-pieces.ts";
import { isAcknowledged } from "./acknowledged.ts";
import { codeIn, healthy, invalidIn, noData, outcomeOf, saysOf } from "./codes.ts";
import { eventsBody } from "./events.ts";

const keys = {
  url: setting(url("http", "https"), undefined, "Of the collector, such as https://HOST:8088."),
  token: secretSetting("The collector's token."),
  index: setting(text("an index"), "", "Where events go. Empty: the token's own default."),
  source: setting(text("a source"), "pahlevan", "Their source."),
  sourcetype: setting(text("a source type"), "pahlevan:event", "Their source type."),
  ack: setting(onOff, false, "Whether an event counts as sent only when it is indexed."),
  "ack-timeout": setting(duration(1_000, 600_000), 120_000, "How long that may take."),
  gzip: setting(onOff, true, "Whether requests are compressed."),
  ...httpKeys,
  ...batchKeys(1_000, 1 << 20, 1_000),
};

type Settings = Values<typeof keys>;

export const splunk = {
  type: "splunk",
  says: "Events in Splunk, by its HTTP Event Collector.",
  keys,
  events: sorts.filter((sort) => sort !== "span"),
  metrics: false,
  batch: batchOf,
  make: (settings, around) => new Splunk(settings, around),
} satisfies SinkKind<typeof keys>;

/** Invalid events taken out of one batch before what is left waits its turn, at most. */
const mostInvalid = 16;

class Splunk implements Sink {
  readonly #settings: Settings;
  readonly #around: Around;
  readonly #peer: HttpPeer;
  /** The collector keeps acknowledgments apart by it; one sender, one channel. */
  readonly #channel = randomUUID();
  #hasComplained = false;

  constructor(settings: Settings, around: Around) {
    if (settings.url === "") throw new Error("url: is needed, such as https://splunk.example:8088");
    if (settings.token === "") throw new Error("token: is needed");
    this.#settings = settings;
    this.#around = around;
    this.#peer = new HttpPeer(settings);
  }

  send(batch: readonly Outgoing[], signal: AbortSignal): Promise<Report> {
    return inPieces(batch, (part) => this.#post(part, signal, mostInvalid));
  }

  async check(signal: AbortSignal): Promise<string> {
    const health = await this.#ask("GET", "/services/collector/health", signal);
    if (health.status !== 200 || codeIn(health) !== healthy)
      throw new Error(`its collector is not healthy: ${saysOf(health)}`);
    // Nothing at all: a good token is told that there is no data, another that it is not good.
    const answer = await this.#ask("POST", "/services/collector/event", signal, "");
    if (codeIn(answer) !== noData) throw new Error(saysOf(answer));
    return `Splunk's collector is healthy (${textAt(jsonIn(health.body), "text")}), the token good`;
  }

  async close(): Promise<void> {
    this.#peer.close();
  }

  async #post(part: readonly Outgoing[], signal: AbortSignal, left: number): Promise<Outcome> {
    const body = eventsBody(part, this.#settings, this.#around);
    const answer = await this.#ask("POST", "/services/collector/event", signal, body);
    const invalid = invalidIn(answer, part);
    if (invalid === undefined) {
      const outcome = outcomeOf(answer, part, this.#around.nowMs());
      const isTaken = outcome !== "smaller" && outcome.sent > 0;
      return isTaken && this.#settings.ack ? this.#acknowledged(answer, part, signal) : outcome;
    }
    const refused = refuse([invalid.record], invalid.reason, saysOf(answer));
    const rest = part.filter((record) => record !== invalid.record);
    if (rest.length === 0) return refused;
    return together(refused, await this.#rest(rest, signal, left - 1));
  }

  /** What one invalid event kept from being taken goes at once, as long as there are not many. */
  async #rest(rest: readonly Outgoing[], signal: AbortSignal, left: number): Promise<Report> {
    if (left === 0) return tryAgain(rest, "it finds too many events invalid");
    try {
      const next = await this.#post(rest, signal, left);
      return next === "smaller" ? tryAgain(rest, "it finds some event invalid") : next;
    } catch (error) {
      // What is refused has been told: a rejection would have it tried again.
      return tryAgain(rest, error instanceof Error ? error.message : String(error));
    }
  }

  async #acknowledged(
    answer: HttpAnswer,
    part: readonly Outgoing[],
    signal: AbortSignal,
  ): Promise<Report> {
    const id = at(jsonIn(answer.body), "ackId");
    if (typeof id !== "number") {
      if (!this.#hasComplained) this.#around.complain("its token gives no acknowledgments");
      this.#hasComplained = true;
      return sent(part);
    }
    const { nowMs } = this.#around;
    const timeoutMs = this.#settings["ack-timeout"];
    const ask = (acks: string) => this.#ask("POST", "/services/collector/ack", signal, acks);
    return (await isAcknowledged(id, ask, { timeoutMs, nowMs }, signal))
      ? sent(part)
      : tryAgain(part, `its indexers did not acknowledge within ${timeoutMs / 1_000} s`);
  }

  #ask(method: string, path: string, signal: AbortSignal, body?: string): Promise<HttpAnswer> {
    const { url: base, token, gzip, ack } = this.#settings;
    return this.#peer.ask({
      url: `${base.replace(/\/+$/, "")}${path}`,
      method,
      headers: {
        authorization: `Splunk ${token}`,
        "content-type": "application/json",
        // Who names a channel has acknowledgments kept for him, up to a limit.
        ...(ack && { "x-splunk-request-channel": this.#channel }),
      },
      ...(body !== undefined && { body }),
      gzip,
      signal,
    });
  }
}
