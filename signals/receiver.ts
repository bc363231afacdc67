/**
 * POST /v1/signals/{alertmanager,grafana,datadog,generic}: from a request to signals that are
 * written down, and an answer that is given after that.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { refusal, send, type Answer } from "./answer.ts";
import { Counts } from "./counts.ts";
import { receivers, type ReceiverName } from "./credential-lines.ts";
import { messageIdOf, type ClientCertificate } from "./credentials.ts";
import { Door, type Comer, type DoorParts } from "./door.ts";
import { isLong, unfitness } from "./fitness.ts";
import { Intake, type IntakeParts } from "./intake.ts";

export interface ReceiverParts extends IntakeParts, DoorParts {}

const prefix = "/v1/signals/";

export class Receiver {
  readonly counts = new Counts();
  readonly door: Door;
  readonly #intake: Intake;

  constructor(parts: ReceiverParts) {
    this.door = new Door(parts);
    this.#intake = new Intake(parts, this.counts);
  }

  /** Whether it is the one to answer. */
  handles(request: IncomingMessage): boolean {
    return request.url?.startsWith(prefix) ?? false;
  }

  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    certificate?: ClientCertificate,
  ): Promise<void> {
    const [path = ""] = (request.url ?? "").split("?");
    const receiver = receivers.find((name) => path === prefix + name);
    if (receiver === undefined) {
      const there = receivers.map((name) => prefix + name).join(", ");
      return send(response, refusal(404, `there are ${there}`, { hangUp: isLong(request) }));
    }
    const answer = await this.#answerTo({ sender: receiver, request, certificate });
    if (answer === undefined) return;
    this.counts.request(receiver, answer.status);
    send(response, answer);
  }

  /** Undefined if nobody waits for it any more. */
  async #answerTo(comer: Comer & { readonly sender: ReceiverName }): Promise<Answer | undefined> {
    const { sender, request } = comer;
    const unfit = unfitness(sender, request);
    if (unfit !== undefined) return { ...unfit, hangUp: isLong(request) };
    return this.door.enter(comer, (_by, body) =>
      this.#intake.take(sender, body, messageIdOf(request.headers)),
    );
  }
}
