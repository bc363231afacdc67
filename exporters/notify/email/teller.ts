/** Incidents by mail: all of a batch in one, or a mail for each. */
import type { Transporter } from "nodemailer";
import { oneByOne, type Message, type Outcome, type Teller } from "../teller.ts";
import { letterOf, type MailWords } from "./mail.ts";
import { outcomeOfFailure } from "./reply.ts";

export interface Post extends MailWords {
  readonly from: string;
  readonly to: readonly string[];
  readonly digest: boolean;
}

/** What of nodemailer's is used. */
export type Mailer = Pick<Transporter, "sendMail" | "verify" | "close">;

export class Mails implements Teller {
  readonly isPager = false;
  readonly #mailer: Mailer;
  readonly #post: Post;
  readonly #complain: (says: string) => void;

  constructor(mailer: Mailer, post: Post, complain: (says: string) => void) {
    this.#mailer = mailer;
    this.#post = post;
    this.#complain = complain;
  }

  async tell(messages: readonly Message[], signal: AbortSignal): Promise<readonly Outcome[]> {
    if (!this.#post.digest)
      return oneByOne(messages, async (message) =>
        inThread(message, await this.#send([message], signal)),
      );
    const outcome = await this.#send(messages, signal);
    return messages.map((message) => inThread(message, outcome));
  }

  async check(signal: AbortSignal): Promise<string> {
    await ended(this.#mailer.verify(), signal);
    return "the mail server takes our name and password; nothing was sent";
  }

  async close(): Promise<void> {
    this.#mailer.close();
  }

  async #send(messages: readonly Message[], signal: AbortSignal): Promise<Outcome> {
    const { from, to } = this.#post;
    const { headers, references, ...letter } = letterOf(messages, this.#post);
    const mail = {
      ...letter,
      ...(references && { references }),
      headers: { ...headers },
      from,
      to: [...to],
      disableFileAccess: true,
      disableUrlAccess: true,
    };
    try {
      const { rejected } = await ended(this.#mailer.sendMail(mail), signal);
      // Who has it would get it twice, were it tried again for the others.
      if (rejected && rejected.length > 0)
        this.#complain(`${rejected.length} of ${to.length} recipients were refused`);
    } catch (error) {
      return outcomeOfFailure(error);
    }
    return { is: "told", handle: letter.messageId };
  }
}

/** A thread is known by its first mail. */
function inThread(message: Message, outcome: Outcome): Outcome {
  if (outcome.is !== "told" || message.about === "news" || message.handle === "") return outcome;
  return { ...outcome, handle: message.handle };
}

/** Nodemailer has timeouts of its own, and knows no signal. */
async function ended<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new Error("stopped"));
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
