/** Incidents in a Slack channel: by a bot a thread each, by an incoming webhook a message each. */
import { expectStatus, type HttpAnswer, type HttpPeer } from "../../delivery/http.ts";
import { fieldOf, outcomeOf } from "../answers.ts";
import { oneByOne, type Message, type Outcome, type Teller } from "../teller.ts";
import { slackMessage, type SlackMessage } from "./blocks.ts";

/**
 * `ok: false` in an answer 200, of Slack's own trouble, or of settings that a person mends (the
 * token, its rights, the channel). All others are about the message, and stay so.
 */
const passing: ReadonlySet<string> = new Set([
  "access_denied",
  "account_inactive",
  "channel_not_found",
  "fatal_error",
  "internal_error",
  "invalid_auth",
  "is_archived",
  "message_limit_exceeded",
  "missing_scope",
  "no_permission",
  "not_allowed_token_type",
  "not_authed",
  "not_in_channel",
  "rate_limited",
  "ratelimited",
  "request_timeout",
  "service_unavailable",
  "team_added_to_org",
  "token_expired",
  "token_revoked",
]);

/** The message that a thread hangs on is gone, or may not be changed any more. */
const lost: ReadonlySet<string> = new Set([
  "cant_update_message",
  "edit_window_closed",
  "message_not_found",
  "msg_too_long_for_edit",
  "thread_not_found",
]);

export class SlackWebhook implements Teller {
  readonly isPager = false;
  readonly #peer: HttpPeer;
  readonly #url: string;
  readonly #channel: string;
  readonly #nowMs: () => number;

  /** Webhooks of apps post where they were made for; older ones take another channel. */
  constructor(peer: HttpPeer, url: string, channel: string, nowMs: () => number) {
    this.#peer = peer;
    this.#url = url;
    this.#channel = channel;
    this.#nowMs = nowMs;
  }

  tell(messages: readonly Message[], signal: AbortSignal): Promise<readonly Outcome[]> {
    const where = this.#channel === "" ? {} : { channel: this.#channel };
    return oneByOne(messages, async (message) =>
      outcomeOf(await this.#post({ ...slackMessage(message), ...where }, signal), this.#nowMs()),
    );
  }

  /** A message without a text is refused by whoever would take one with it. */
  async check(signal: AbortSignal): Promise<string> {
    const answer = await this.#post({}, signal);
    const knows = answer.status === 400 && /no_text|invalid_payload/.test(answer.body);
    if (!knows) expectStatus(answer, 200);
    return "Slack knows the webhook; nothing was posted";
  }

  async close(): Promise<void> {
    this.#peer.close();
  }

  #post(body: object, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = { "content-type": "application/json; charset=utf-8" };
    return this.#peer.ask({ url: this.#url, headers, body: JSON.stringify(body), signal });
  }
}

export interface Bot {
  readonly endpoint: string;
  readonly token: string;
  readonly channel: string;
}

export class SlackBot implements Teller {
  readonly isPager = false;
  readonly #peer: HttpPeer;
  readonly #bot: Bot;
  readonly #nowMs: () => number;

  constructor(peer: HttpPeer, bot: Bot, nowMs: () => number) {
    this.#peer = peer;
    this.#bot = bot;
    this.#nowMs = nowMs;
  }

  tell(messages: readonly Message[], signal: AbortSignal): Promise<readonly Outcome[]> {
    return oneByOne(messages, (message) => this.#tellOne(message, signal));
  }

  async check(signal: AbortSignal): Promise<string> {
    const answer = expectStatus(await this.#ask("auth.test", {}, signal), 200);
    const error = fieldOf(answer, "error");
    if (error !== "") throw new Error(`Slack answers ${error}`);
    return `Slack knows the token as ${fieldOf(answer, "user")} of ${fieldOf(answer, "team")}`;
  }

  async close(): Promise<void> {
    this.#peer.close();
  }

  async #tellOne(message: Message, signal: AbortSignal): Promise<Outcome> {
    const said = slackMessage(message);
    // "CHANNEL/TS": an update takes the channel's id, a post its name, too.
    const [channel = "", ts = ""] = message.about === "news" ? [] : message.handle.split("/");
    if (message.about === "news" || ts === "") return this.#post(said, signal);
    if (message.incident.over !== undefined) {
      // First what can be done twice: an answer that is lost costs no second message.
      const update = { channel, ts, ...said };
      const updated = this.#outcome(await this.#ask("chat.update", update, signal));
      if (updated.is === "refused" && lost.has(updated.reason)) return this.#post(said, signal);
      if (updated.is !== "told") return updated;
    }
    const replied = await this.#post({ ...said, thread_ts: ts }, signal);
    if (replied.is === "refused" && lost.has(replied.reason)) return this.#post(said, signal);
    // The thread keeps the name of its first message.
    return replied.is === "told" ? { is: "told" } : replied;
  }

  async #post(
    body: SlackMessage & { readonly thread_ts?: string },
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { channel } = this.#bot;
    const answer = await this.#ask("chat.postMessage", { channel, ...body }, signal);
    const outcome = this.#outcome(answer);
    if (outcome.is !== "told") return outcome;
    const place = fieldOf(answer, "channel") || channel;
    return { is: "told", handle: `${place}/${fieldOf(answer, "ts")}` };
  }

  #outcome(answer: HttpAnswer): Outcome {
    const outcome = outcomeOf(answer, this.#nowMs());
    if (outcome.is !== "told") return outcome;
    const error = fieldOf(answer, "error");
    if (error === "") return outcome;
    const why = `Slack answers ${error.slice(0, 100)}`;
    if (passing.has(error)) return { is: "again", why };
    return { is: "refused", reason: /^[a-z_]{1,40}$/.test(error) ? error : "slack_error", why };
  }

  #ask(method: string, body: object, signal: AbortSignal): Promise<HttpAnswer> {
    const { endpoint, token } = this.#bot;
    const headers = {
      "content-type": "application/json; charset=utf-8",
      authorization: `Bearer ${token}`,
    };
    const url = `${endpoint.replace(/\/$/, "")}/${method}`;
    return this.#peer.ask({ url, headers, body: JSON.stringify(body), signal });
  }
}
