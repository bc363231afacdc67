/** From a body to signals that are written down, and to what its sender is told of each. */
import { doubtsOf, firingAgain, type Doubt } from "./again.ts";
import { later, refusal, type Answer } from "./answer.ts";
import { readAlertmanager } from "./alertmanager.ts";
import type { Counts } from "./counts.ts";
import { readDatadog } from "./datadog.ts";
import { readEnvelope } from "./envelope.ts";
import { readGeneric } from "./generic.ts";
import { readGrafana } from "./grafana.ts";
import type { Accepted, Inbox, Message, Told } from "./inbox.ts";
import { parseJson } from "./json.ts";
import type { Pull } from "./pull.ts";
import type { Reading, Unreadable } from "./reading.ts";
import type { ReceiverName } from "./credential-lines.ts";

export interface IntakeParts {
  readonly inbox: Inbox;
  readonly nowMs: () => number;
  /** Told of what is wrong on this side: the inbox or Alertmanager does not answer. */
  readonly complain: (says: string) => void;
  /**
   * Absent: what Alertmanager leaves out of a message stays out, and the answer says so; and what
   * is over stays over until it begins anew.
   */
  readonly pull?: Pick<Pull, "alerts">;
}

/** Refusals that the answer names; the others are counted. */
const mostNamed = 20;

export class Intake {
  readonly #parts: IntakeParts;
  readonly #counts: Counts;

  constructor(parts: IntakeParts, counts: Counts) {
    this.#parts = parts;
    this.#counts = counts;
  }

  async take(receiver: ReceiverName, bytes: Buffer, messageId: string): Promise<Answer> {
    const parsed = parseJson(bytes);
    if ("unreadable" in parsed) return refusal(400, parsed.unreadable);
    const nowMs = this.#parts.nowMs();
    const reading = read(receiver, parsed.value, nowMs, messageId);
    if ("unreadable" in reading) return refusal(400, reading.unreadable);
    const doubts = receiver === "alertmanager" ? this.#doubts(reading.signals) : [];
    if ("later" in doubts) return later(doubts.later);
    // What Grafana leaves out nobody else has.
    const lacks = receiver === "alertmanager" && reading.truncated > 0;
    const pulled = lacks || doubts.length > 0 ? await this.#pulled(nowMs) : none;
    const rest = lacks ? pulled : { ...none, failed: pulled.failed };
    const again = firingAgain(doubts, pulled.signals);
    const accepted = await this.#accept({
      signals: [...reading.signals, ...rest.signals, ...again],
      heartbeats: [...reading.heartbeats, ...rest.heartbeats],
    });
    if ("later" in accepted) return later(accepted.later);
    const refused = [...reading.refused, ...rest.refused];
    const ignored = reading.ignored + rest.ignored;
    this.#counts.signals(receiver, "new", accepted.changed);
    this.#counts.signals(receiver, "known", accepted.known);
    this.#counts.signals(receiver, "ignored", ignored);
    this.#counts.signals(receiver, "refused", refused.length);
    if (rest.failed !== undefined) return later(rest.failed);
    return {
      status: isSingle(receiver) && refused.length > 0 ? 400 : 200,
      body: {
        new: accepted.changed,
        known: accepted.known,
        heartbeats: reading.heartbeats.length + rest.heartbeats.length,
        ignored,
        refused: refused.length,
        ...(refused.length > 0 && { why: refused.slice(0, mostNamed) }),
        ...(reading.truncated > 0 && { truncated: reading.truncated, asked: pulled !== none }),
      },
    };
  }

  async #accept(message: Message): Promise<Exclude<Accepted, { full: true }> | { later: string }> {
    if (message.signals.length + message.heartbeats.length === 0) return { changed: 0, known: 0 };
    try {
      const accepted = await this.#parts.inbox.accept(message, this.#parts.nowMs());
      if (!("full" in accepted)) return accepted;
      this.#parts.complain("the inbox is full of signals that are still firing or not yet taken");
      return { later: "the inbox is full" };
    } catch (error) {
      return this.#unwritten(error);
    }
  }

  /** Of what fires, what is known to be over: where somebody can be asked which of it is true. */
  #doubts(signals: readonly Told[]): readonly Doubt[] | { later: string } {
    try {
      return this.#parts.pull === undefined ? [] : doubtsOf(signals, this.#parts.inbox);
    } catch (error) {
      return this.#unwritten(error);
    }
  }

  #unwritten(error: unknown): { later: string } {
    this.#parts.complain(`signals could not be written down: ${reasonOf(error)}`);
    return { later: "it could not be written down" };
  }

  async #pulled(nowMs: number): Promise<Pulled> {
    if (this.#parts.pull === undefined) return none;
    try {
      const alerts = [...(await this.#parts.pull.alerts())];
      return readEnvelope({ alerts }, { source: "alertmanager", nowMs });
    } catch (error) {
      const failed = "Alertmanager could not be asked for all of its alerts";
      this.#parts.complain(`${failed}: ${reasonOf(error)}`);
      return { ...none, failed };
    }
  }
}

type Pulled = Reading & { readonly failed?: string | undefined };

const none: Pulled = { signals: [], heartbeats: [], ignored: 0, refused: [], truncated: 0 };

function read(
  receiver: ReceiverName,
  body: unknown,
  nowMs: number,
  messageId: string,
): Reading | Unreadable {
  switch (receiver) {
    case "alertmanager":
      return readAlertmanager(body, nowMs);
    case "grafana":
      return readGrafana(body, nowMs);
    case "datadog":
      return readDatadog(body);
    case "generic":
      return readGeneric(body, nowMs, messageId);
  }
}

/** One signal a message: then a refusal is the message's. */
function isSingle(receiver: ReceiverName): boolean {
  return receiver === "datadog" || receiver === "generic";
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
