/** An SMTP server of a test's own: takes mails, reads them back, refuses as it is told. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { simpleParser, type ParsedMail } from "mailparser";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** What a server says instead of taking a mail, or a password. */
export interface Refusal {
  readonly at: "auth" | "recipient" | "data";
  readonly code: number;
  readonly says: string;
}

class RefusalError extends Error {
  readonly responseCode: number;

  constructor({ code, says }: Refusal) {
    super(says);
    this.responseCode = code;
  }
}

export class MailServer implements AsyncDisposable {
  readonly mails: ParsedMail[] = [];
  /** As they came. */
  readonly raw: string[] = [];
  readonly recipients: string[][] = [];
  readonly users: string[] = [];
  connections = 0;
  readonly secured: boolean[] = [];
  refusal: Refusal | undefined;
  readonly #server: SMTPServer;

  private constructor(options: SMTPServerOptions) {
    this.#server = new SMTPServer({
      ...options,
      onConnect: (_, done) => {
        this.connections++;
        done();
      },
      onAuth: ({ username = "", password = "" }, _, done) => {
        const refusal = this.#refused("auth");
        if (refusal) return done(refusal);
        this.users.push(`${username}:${password}`);
        done(null, { user: username });
      },
      onRcptTo: (_, __, done) => done(this.#refused("recipient")),
      onData: (stream, session, done) => {
        const parts: Buffer[] = [];
        stream.on("data", (part: Buffer) => parts.push(part));
        stream.on("end", () => {
          const refusal = this.#refused("data");
          if (refusal) return done(refusal);
          const whole = Buffer.concat(parts);
          simpleParser(whole, (fault: unknown, mail) => {
            this.raw.push(String(whole));
            this.mails.push(mail);
            this.recipients.push(session.envelope.rcptTo.map(({ address }) => address));
            this.secured.push(session.secure);
            done(fault instanceof Error ? fault : null);
          });
        });
      },
    });
    // A client that ends in the middle is the test's business.
    this.#server.on("error", () => {});
  }

  static async start(options: SMTPServerOptions = {}): Promise<MailServer> {
    const hidden = options.key === undefined ? ["STARTTLS"] : [];
    const server = new MailServer({
      disabledCommands: hidden,
      authOptional: true,
      closeTimeout: 1,
      ...options,
    });
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server.server, "listening");
    return server;
  }

  get port(): number {
    const address: AddressInfo | string | null = this.#server.server.address();
    return typeof address === "object" ? (address?.port ?? 0) : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(resolve);
    await promise;
  }

  #refused(at: Refusal["at"]): Error | null {
    return this.refusal?.at === at ? new RefusalError(this.refusal) : null;
  }
}
