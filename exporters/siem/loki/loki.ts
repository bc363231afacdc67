/** Grafana Loki: a line for each record, pushed in streams of few labels. */
import { text } from "@pahlevan/core/settings/values.ts";
import { batchKeys, batchOf, expectStatus, httpKeys, HttpPeer } from "../../delivery/http.ts";
import type { HttpAnswer } from "../../delivery/http.ts";
import { sorts, unixMs, type Outgoing } from "../../record.ts";
import { onOff, pairs, secretSetting, setting, url, type Values } from "../../settings.ts";
import {
  refuse,
  tryAgain,
  type Around,
  type Report,
  type Sink,
  type SinkKind,
} from "../../sink.ts";
import { jsonIn, textAt } from "../answer.ts";
import { inPieces, inTurn, type Outcome } from "../in-pieces.ts";
import { meaningOf } from "../meaning.ts";
import { mostLabels, ownLabels, pushBody, streamsOf } from "./streams.ts";

const keys = {
  url: setting(url("http", "https"), undefined, "Of Loki, without /loki/api/v1/push."),
  tenant: setting(text("a name"), "", "Whose the lines are, where Loki keeps tenants apart."),
  username: setting(text("a name"), "", "For basic authentication, as Grafana Cloud has it."),
  password: secretSetting("Its password.", ""),
  token: secretSetting("A bearer token, where there is no username.", ""),
  labels: setting(pairs, {}, "Labels of every stream besides ours. Few values, or Loki suffers."),
  "structured-metadata": setting(
    onOff,
    true,
    "Whether workload, policy, pod and the like go as structured metadata. Loki before 3.0: off.",
  ),
  gzip: setting(onOff, true, "Whether requests are compressed."),
  ...httpKeys,
  ...batchKeys(1_000, 1 << 20, 1_000),
};

type Settings = Values<typeof keys>;

export const loki = {
  type: "loki",
  says: "Lines in Grafana Loki, with few labels, and structured metadata.",
  keys,
  events: sorts.filter((sort) => sort !== "span"),
  metrics: false,
  batch: batchOf,
  make: (settings, around) => new Loki(settings, around),
} satisfies SinkKind<typeof keys>;

/** Further requests of one batch in search of the lines that are at fault, at most. */
const mostPieces = 64;

/** Well below half of Loki's `max_chunk_age` (2 h), after which a line is too far behind. */
const lateMs = 15 * 60_000;

class Loki implements Sink {
  readonly #settings: Settings;
  readonly #around: Around;
  readonly #peer: HttpPeer;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(settings: Settings, around: Around) {
    if (settings.url === "") throw new Error("url: is needed, such as http://loki.example:3100");
    checkLabels(settings.labels);
    this.#headers = headersOf(settings);
    this.#settings = settings;
    this.#around = around;
    this.#peer = new HttpPeer(settings);
  }

  async send(batch: readonly Outgoing[], signal: AbortSignal): Promise<Report> {
    const { labels, "structured-metadata": withMetadata } = this.#settings;
    const parts = this.#parts(batch);
    const most = parts.length + mostPieces;
    let asked = 0;
    const report = await inTurn(parts, (part) =>
      inPieces(part, async (piece) => {
        asked++;
        const body = pushBody(piece, { labels, withMetadata }, this.#around);
        const answer = await this.#ask("POST", "/loki/api/v1/push", signal, body);
        return outcomeOf(answer, piece, asked < most, this.#around.nowMs());
      }),
    );
    const again = new Set(report.again);
    return { ...report, again: batch.filter((record) => again.has(record)) };
  }

  /**
   * Of a push of several streams, Loki's ingester tells what became of the last one: what another
   * has left too far behind would be lost, and counted as sent. So late lines go stream by stream.
   */
  #parts(batch: readonly Outgoing[]): readonly (readonly Outgoing[])[] {
    const { nowMs } = this.#around;
    const oldestMs = nowMs() - lateMs;
    if (batch.every(({ line }) => unixMs(line.time) > oldestMs)) return [batch];
    return streamsOf(batch, this.#settings.labels, this.#around).map(({ records }) => records);
  }

  /** A push of nothing: it tries the address, the tenant and the right to write. */
  async check(signal: AbortSignal): Promise<string> {
    const answer = await this.#ask("POST", "/loki/api/v1/push", signal, '{"streams":[]}');
    const { status, body } = answer;
    const isEmpty =
      (status === 400 || status === 422) && body.includes("at least one valid stream");
    if (!isEmpty) expectStatus(answer, 200, 204);
    const built = await this.#ask("GET", "/loki/api/v1/status/buildinfo", signal);
    const version = built.status === 200 ? textAt(jsonIn(built.body), "version") : "";
    const { tenant } = this.#settings;
    return `Loki ${version || "of an unknown version"} takes pushes${tenant && ` of ${tenant}`}`;
  }

  async close(): Promise<void> {
    this.#peer.close();
  }

  #ask(method: string, path: string, signal: AbortSignal, body?: string): Promise<HttpAnswer> {
    const { url: base, gzip } = this.#settings;
    return this.#peer.ask({
      url: `${base.replace(/\/+$/, "")}${path}`,
      method,
      headers: this.#headers,
      ...(body !== undefined && { body }),
      gzip,
      signal,
    });
  }
}

function outcomeOf(
  answer: HttpAnswer,
  part: readonly Outgoing[],
  maySplit: boolean,
  nowMs: number,
): Outcome {
  if (answer.status !== 400) return meaningOf(answer, part, nowMs);
  const says = `it answers 400: ${answer.body.trim().slice(0, 400)}`;
  // Of the server's configuration or ours: no line is to blame.
  if (configured.test(answer.body)) return tryAgain(part, says);
  // Loki has kept the good lines of it, and does not say which: halves find out, and a line that
  // comes twice with its time is kept once.
  if (part.length > 1 && maySplit) return "smaller";
  return refuse(part, reasonIn(answer.body), says);
}

const configured = /feature is disallowed|label names; limit|missing required labels/;

const reasons = [
  [/too old/, "too_old"],
  [/too far behind|out of order/, "too_far_behind"],
  [/too new/, "too_new"],
  [/max entry size/, "line_too_long"],
  [/structured metadata/, "structured_metadata"],
  [/label (name|value) too long/, "labels"],
] as const;

function reasonIn(body: string): string {
  return reasons.find(([pattern]) => pattern.test(body))?.[1] ?? "status_400";
}

function checkLabels(labels: Readonly<Record<string, string>>): void {
  const names = Object.keys(labels);
  const wrong = names.find((name) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name));
  if (wrong !== undefined)
    throw new Error(`labels: '${wrong}' is no name of a label: letters, digits and _ make one`);
  const count = new Set([...names, ...ownLabels]).size;
  if (count > mostLabels)
    throw new Error(`labels: with ours there are ${count}; Loki takes ${mostLabels}`);
}

function headersOf(settings: Settings): Readonly<Record<string, string>> {
  const { tenant, username, password, token } = settings;
  if (token !== "" && username !== "")
    throw new Error("token: there is a username too; take one of the two");
  const basic = Buffer.from(`${username}:${password}`).toString("base64");
  return {
    "content-type": "application/json",
    ...(tenant !== "" && { "x-scope-orgid": tenant }),
    ...(username !== "" && { authorization: `Basic ${basic}` }),
    ...(token !== "" && { authorization: `Bearer ${token}` }),
  };
}
