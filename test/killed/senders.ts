/**
 * Those who send signals, as Alertmanager does it: again until somebody says that they were taken.
 */
import { request } from "node:http";
import { timeHeader } from "./host.ts";
import type { Order, Post, Promised, Round, Sender } from "./schedule.ts";

export function tokenOf(sender: Sender): string {
  return `the-test's-${sender}-token`;
}

export class Senders {
  /** Of each occurrence, what they were told is safe. */
  readonly acknowledged = new Map<string, Promised>();
  /** Called at each answer. */
  heard = () => {};
  /** Whether an order has come in: who asks for it looks before he asks again. */
  readonly #isKnown: (order: Order) => boolean;
  #round: Round | undefined;
  #unanswered = new Set<Post | Order>();

  constructor(isKnown: (order: Order) => boolean) {
    this.#isKnown = isKnown;
  }

  /** Whether all of it is taken by now; what is not is to be sent again. */
  async send(url: string, round: Round): Promise<boolean> {
    const { posts, order } = round;
    if (this.#round !== round) {
      this.#round = round;
      this.#unanswered = new Set<Post | Order>(order === undefined ? posts : [order]);
    }
    if (order !== undefined && this.#unanswered.has(order) && this.#isKnown(order))
      this.#unanswered.delete(order);
    const sending = [...this.#unanswered].map(async (each) => {
      if (!(await taken(url, round.atMs, each))) return;
      this.#unanswered.delete(each);
      this.heard();
      for (const promised of "promises" in each ? each.promises : orderedBy(each)) {
        const { says, isOver } = promised;
        const wasOver = this.acknowledged.get(says)?.isOver ?? false;
        this.acknowledged.set(says, { says, isOver: isOver || wasOver });
      }
    });
    await Promise.all(sending);
    return this.#unanswered.size === 0;
  }
}

/** It was asked once, and is over when it is answered. */
function orderedBy({ by }: Order): Promised[] {
  return [{ says: by, isOver: true }];
}

/** Whether it was answered, by 2xx; an error for any other answer. */
async function taken(url: string, atMs: number, each: Post | Order): Promise<boolean> {
  const [path, body, headers] =
    "sender" in each
      ? [
          `/v1/signals/${each.sender}`,
          each.body,
          { authorization: `Bearer ${tokenOf(each.sender)}` },
        ]
      : ["/order", JSON.stringify(each), {}];
  const answer = await ask(`${url}${path}`, body, { ...headers, [timeHeader]: `${atMs}` });
  if (answer === undefined) return false;
  if (answer.status === 200) return true;
  throw new Error(`${path} answered ${answer.status}: ${answer.body}`);
}

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

/** Undefined: nobody is there, or is there no more before all of the answer is. */
async function ask(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<Answer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
  const asking = request(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    agent: false,
  });
  asking.once("error", () => resolve(undefined));
  asking.once("response", (response) => {
    const { statusCode: status } = response;
    response.once("error", () => resolve(undefined));
    void response.toArray().then(
      (chunks) => resolve({ status, body: chunks.join("") }),
      () => resolve(undefined),
    );
  });
  asking.end(body);
  return promise;
}
