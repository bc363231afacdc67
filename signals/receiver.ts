/**
 * POST /v1/signals/{alertmanager,grafana,datadog,generic}: from a request to signals that are
 * written down, and an answer that is given after that.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { later, refusal, send, tooOften, type Answer } from "./answer.ts";
import { readBody, Room } from "./body.ts";
import { Counts } from "./counts.ts";
import { messageIdOf, proofOf } from "./credentials.ts";
import { isLong, unfitness } from "./fitness.ts";
import { Intake, type IntakeParts } from "./intake.ts";
import { usualLimits, type ReceiverLimits } from "./limits.ts";
import { Buckets } from "./rate.ts";
import { receivers, type ReceiverName, type Secret } from "./secrets.ts";

export interface ReceiverParts extends IntakeParts {
  readonly secrets: { of(receiver: ReceiverName, nowMs: number): readonly Secret[] };
  readonly limits?: Partial<ReceiverLimits>;
}

const prefix = "/v1/signals/";
const mostAddresses = 1_024;

export class Receiver {
  readonly counts = new Counts();
  readonly #parts: ReceiverParts;
  readonly #intake: Intake;
  readonly #limits: ReceiverLimits;
  readonly #proved: Room;
  readonly #unproved: Room;
  readonly #rates: Buckets;
  readonly #wrong: Buckets;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
    this.#intake = new Intake(parts, this.counts);
    this.#limits = { ...usualLimits, ...parts.limits };
    this.#proved = new Room(this.#limits.inWorkBytes);
    this.#unproved = new Room(this.#limits.unprovedBytes);
    this.#rates = new Buckets(this.#limits.rate, 2 * receivers.length);
    this.#wrong = new Buckets(this.#limits.wrongRate, mostAddresses);
  }

  /** Bytes of bodies that are being worked on. */
  get inWorkBytes(): number {
    return this.#proved.usedBytes + this.#unproved.usedBytes;
  }

  /** Whether it is the one to answer. */
  handles(request: IncomingMessage): boolean {
    return request.url?.startsWith(prefix) ?? false;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ""] = (request.url ?? "").split("?");
    const receiver = receivers.find((name) => path === prefix + name);
    if (receiver === undefined) {
      const there = receivers.map((name) => prefix + name).join(", ");
      return send(response, refusal(404, `there are ${there}`, { hangUp: isLong(request) }));
    }
    const answer = await this.#answerTo(receiver, request);
    if (answer === undefined) return;
    this.counts.request(receiver, answer.status);
    send(response, answer);
  }

  /** Undefined if nobody waits for it any more. */
  async #answerTo(receiver: ReceiverName, request: IncomingMessage): Promise<Answer | undefined> {
    const { secrets, nowMs } = this.#parts;
    const unfit = unfitness(receiver, request);
    if (unfit !== undefined) return { ...unfit, hangUp: isLong(request) };
    const now = nowMs();
    const proof = proofOf(receiver, request.headers, secrets.of(receiver, now), now);
    const sender = request.socket.remoteAddress ?? "";
    if (proof === undefined) return this.#wrongOne(request, sender, now);
    const isProved = "by" in proof;
    if (!isProved && !this.#wrong.has(sender, now)) {
      return { ...tooOften("stranger"), hangUp: isLong(request) };
    }
    if (isProved && !this.#rates.take(proof.by.name, now)) {
      return { ...tooOften(receiver), hangUp: isLong(request) };
    }
    const body = await readBody(request, {
      mostBytes: this.#limits.bodyBytes[receiver],
      withinMs: this.#limits.bodyMs,
      room: isProved ? this.#proved : this.#unproved,
    });
    if ("failed" in body) return failed(body.failed, this.#limits.bodyBytes[receiver]);
    try {
      if (!isProved) {
        const by = proof.signed(body.bytes);
        if (by === undefined) return this.#wrongOne(request, sender, now);
        if (!this.#rates.take(by.name, now)) return tooOften(receiver);
      }
      return await this.#intake.take(receiver, body.bytes, messageIdOf(request.headers));
    } finally {
      body.done();
    }
  }

  #wrongOne(request: IncomingMessage, sender: string, nowMs: number): Answer {
    const hangUp = !request.complete && isLong(request);
    if (!this.#wrong.take(sender, nowMs)) return { ...tooOften("stranger"), hangUp };
    const error = "no credentials, or not the right ones; docs/signals.md tells what is expected";
    const headers = { "www-authenticate": 'Bearer realm="pahlevan"' };
    return refusal(401, error, { headers, hangUp });
  }
}

function failed(
  how: "too large" | "no room" | "too slow" | "gone",
  mostBytes: number,
): Answer | undefined {
  switch (how) {
    case "too large":
      return refusal(413, `a body may have ${mostBytes} bytes here`, { hangUp: true });
    case "no room":
      return later("too much is being received at once", { hangUp: true });
    case "too slow":
      return refusal(408, "the body did not come in time", { hangUp: true });
    case "gone":
      return undefined;
  }
}
