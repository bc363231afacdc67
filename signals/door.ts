/**
 * The way in for whoever has credentials: proof of who it is, its rate, and its body, as much as
 * there is room for. All that come in by /v1/signals and /v1/loop share it.
 */
import type { IncomingMessage } from "node:http";
import { later, refusal, tooOften, type Answer } from "./answer.ts";
import { readBody, Room } from "./body.ts";
import { mostPeople, people, receivers, type Credential, type Sender } from "./credential-lines.ts";
import { proofOf, type ClientCertificate } from "./credentials.ts";
import { isLong } from "./fitness.ts";
import { usualLimits, type ReceiverLimits } from "./limits.ts";
import { Buckets } from "./rate.ts";

export interface DoorParts {
  readonly secrets: { of(sender: Sender, nowMs: number): readonly Credential[] };
  readonly nowMs: () => number;
  readonly limits?: Partial<ReceiverLimits>;
}

export interface Comer {
  readonly sender: Sender;
  readonly request: IncomingMessage;
  /** Of a connection whose client showed one, and an authority of ours vouches for it. */
  readonly certificate?: ClientCertificate | undefined;
}

const mostAddresses = 1_024;

export class Door {
  readonly #parts: DoorParts;
  readonly #limits: ReceiverLimits;
  readonly #proved: Room;
  readonly #unproved: Room;
  readonly #rates: Buckets;
  readonly #wrong: Buckets;

  constructor(parts: DoorParts) {
    this.#parts = parts;
    this.#limits = { ...usualLimits, ...parts.limits };
    this.#proved = new Room(this.#limits.inWorkBytes);
    this.#unproved = new Room(this.#limits.unprovedBytes);
    this.#rates = new Buckets(
      this.#limits.rate,
      4 * receivers.length + 2 * people.length * mostPeople,
    );
    this.#wrong = new Buckets(this.#limits.wrongRate, mostAddresses);
  }

  /** Bytes of bodies that are being worked on. */
  get inWorkBytes(): number {
    return this.#proved.usedBytes + this.#unproved.usedBytes;
  }

  /** Whether anybody could ever come in as that. */
  isOpenTo(sender: Sender): boolean {
    return this.#credentialsOf(sender, this.#parts.nowMs()).length > 0;
  }

  /** Undefined if nobody waits for an answer any more. */
  async enter(
    { sender, request, certificate }: Comer,
    answerTo: (by: Credential, body: Buffer) => Promise<Answer>,
  ): Promise<Answer | undefined> {
    const now = this.#parts.nowMs();
    const shown = { headers: request.headers, certificate };
    const proof = proofOf(sender, shown, this.#credentialsOf(sender, now), now);
    const address = request.socket.remoteAddress ?? "";
    if (proof === undefined) return this.#wrongOne(request, address, now);
    const isProved = "by" in proof;
    if (!isProved && !this.#wrong.has(address, now)) {
      return { ...tooOften("stranger"), hangUp: isLong(request) };
    }
    if (isProved && !this.#rates.take(proof.by.name, now)) {
      return { ...tooOften(sender), hangUp: isLong(request) };
    }
    const body = await readBody(request, {
      mostBytes: this.#limits.bodyBytes[sender],
      withinMs: this.#limits.bodyMs,
      room: isProved ? this.#proved : this.#unproved,
    });
    if ("failed" in body) return failed(body.failed, this.#limits.bodyBytes[sender]);
    try {
      const by = isProved ? proof.by : proof.signed(body.bytes);
      if (by === undefined) return this.#wrongOne(request, address, now);
      if (!isProved && !this.#rates.take(by.name, now)) return tooOften(sender);
      return await answerTo(by, body.bytes);
    } finally {
      body.done();
    }
  }

  /** Who may move loops may look at them. */
  #credentialsOf(sender: Sender, nowMs: number): readonly Credential[] {
    const { secrets } = this.#parts;
    const own = secrets.of(sender, nowMs);
    return sender === "viewer" ? [...secrets.of("operator", nowMs), ...own] : own;
  }

  #wrongOne(request: IncomingMessage, address: string, nowMs: number): Answer {
    const hangUp = !request.complete && isLong(request);
    if (!this.#wrong.take(address, nowMs)) return { ...tooOften("stranger"), hangUp };
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
