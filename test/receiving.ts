/** A receiver behind a server of its own, for tests and measurements. */
import { createServer, type Server } from "node:http";
import type { Accepted, Inbox, Message } from "@pahlevan/signals/inbox.ts";
import { Receiver, type ReceiverParts } from "@pahlevan/signals/receiver.ts";
import { Secrets } from "@pahlevan/signals/secrets.ts";

/** Secrets that any test may know. */
export const known = {
  alertmanager: "alertmanager-secret-1",
  alertmanagerNext: "alertmanager-secret-2",
  grafana: "grafana-secret-one",
  datadog: "datadog-secret-one",
  /** The one of the specification of Standard Webhooks. */
  generic: ["whsec", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"].join("_"),
} as const;

export const knownSecrets = new Secrets(
  {
    environment: {
      PAHLEVAN_SIGNALS_SECRET_ALERTMANAGER: `${known.alertmanagerNext}\n${known.alertmanager}\n`,
      PAHLEVAN_SIGNALS_SECRET_GRAFANA: known.grafana,
      PAHLEVAN_SIGNALS_SECRET_DATADOG: known.datadog,
      PAHLEVAN_SIGNALS_SECRET_GENERIC: known.generic,
    },
  },
  0,
);

/** Remembers what it was given, and answers what it is told to. */
export class RememberingInbox implements Inbox {
  readonly messages: Message[] = [];
  answer: () => Promise<Accepted> = () => Promise.resolve({ changed: 1, known: 0 });

  endOf(): undefined {}

  accept(message: Message): Promise<Accepted> {
    this.messages.push(message);
    return this.answer();
  }
}

export class Receiving implements AsyncDisposable {
  readonly receiver: Receiver;
  readonly complaints: string[] = [];
  url = "";
  port = 0;
  readonly #server: Server;

  private constructor(parts: Partial<ReceiverParts> & Pick<ReceiverParts, "inbox">) {
    this.receiver = new Receiver({
      secrets: knownSecrets,
      nowMs: Date.now,
      complain: (says) => this.complaints.push(says),
      ...parts,
    });
    this.#server = createServer((request, response) => {
      void this.receiver.answer(request, response);
    });
  }

  static async start(
    parts: Partial<ReceiverParts> & Pick<ReceiverParts, "inbox">,
  ): Promise<Receiving> {
    const receiving = new Receiving(parts);
    const { promise, resolve } = Promise.withResolvers<void>();
    receiving.#server.listen(0, "127.0.0.1", resolve);
    await promise;
    const address = receiving.#server.address();
    receiving.port = typeof address === "object" && address !== null ? address.port : 0;
    receiving.url = `http://127.0.0.1:${receiving.port}/v1/signals`;
    return receiving;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }
}
