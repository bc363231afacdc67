/** Incidents in Opsgenie: created, raised and closed by one alias. */
import { expectStatus, type HttpAnswer, type HttpPeer } from "../../delivery/http.ts";
import { isAtLeast } from "../../severity.ts";
import { outcomeOf } from "../answers.ts";
import { isBornOver, type Incident } from "../incident.ts";
import { oneByOne, type Message, type Outcome, type Teller } from "../teller.ts";
import { closeAlert, openAlert, priorities } from "./alert.ts";

export class Opsgenie implements Teller {
  readonly isPager = true;
  readonly #peer: HttpPeer;
  readonly #alerts: string;
  readonly #apiKey: string;
  readonly #nowMs: () => number;

  constructor(peer: HttpPeer, endpoint: string, apiKey: string, nowMs: () => number) {
    this.#peer = peer;
    this.#alerts = `${endpoint.replace(/\/$/, "")}/v2/alerts`;
    this.#apiKey = apiKey;
    this.#nowMs = nowMs;
  }

  tell(messages: readonly Message[], signal: AbortSignal): Promise<readonly Outcome[]> {
    return oneByOne(messages, async (message) =>
      message.about === "news" ? { is: "told" } : this.#tellOne(message.incident, signal),
    );
  }

  async check(signal: AbortSignal): Promise<string> {
    const answer = await this.#ask("GET", "?limit=1", undefined, signal);
    // A key of an integration that may only write is a good one.
    expectStatus(answer, 200, 403);
    return "Opsgenie knows the key";
  }

  async close(): Promise<void> {
    this.#peer.close();
  }

  async #tellOne(incident: Incident, signal: AbortSignal): Promise<Outcome> {
    const { told, over, key, severity } = incident;
    const isOver = over !== undefined;
    if (!isOver || (told === undefined && !isBornOver(incident))) {
      const opened = await this.#outcome("POST", "", openAlert(incident), signal);
      if (opened.is !== "told") return opened;
    }
    const alias = `/${encodeURIComponent(key)}`;
    if (isOver)
      return this.#outcome(
        "POST",
        `${alias}/close?identifierType=alias`,
        closeAlert(incident),
        signal,
      );
    // What is created again under its alias counts, but keeps its first priority.
    const isGraver = told && severity !== told.severity && isAtLeast(severity, told.severity);
    if (isGraver !== true) return { is: "told" };
    const priority = { priority: priorities[severity] };
    const raised = await this.#outcome(
      "PUT",
      `${alias}/priority?identifierType=alias`,
      priority,
      signal,
    );
    // Closed by a person since: the alert that was created now has the priority already.
    return raised.is === "refused" ? { is: "told" } : raised;
  }

  async #outcome(
    method: string,
    path: string,
    body: object,
    signal: AbortSignal,
  ): Promise<Outcome> {
    return outcomeOf(await this.#ask(method, path, body, signal), this.#nowMs());
  }

  #ask(
    method: string,
    path: string,
    body: object | undefined,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const headers = {
      "content-type": "application/json",
      authorization: `GenieKey ${this.#apiKey}`,
    };
    const text = body && { body: JSON.stringify(body) };
    return this.#peer.ask({ url: `${this.#alerts}${path}`, method, headers, ...text, signal });
  }
}
