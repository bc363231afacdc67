/** Elasticsearch and OpenSearch: ECS documents in a data stream, by the bulk API. */
import type { ValueType } from "@pahlevan/core/settings/values.ts";
import { text } from "@pahlevan/core/settings/values.ts";
import { batchKeys, batchOf, expectStatus, httpKeys, HttpPeer } from "../../delivery/http.ts";
import type { HttpAnswer } from "../../delivery/http.ts";
import { sorts, type Outgoing } from "../../record.ts";
import { onOff, secretSetting, setting, url, type Values } from "../../settings.ts";
import { tryAgain, type Around, type Report, type Sink, type SinkKind } from "../../sink.ts";
import { at, jsonIn, textAt } from "../answer.ts";
import { inPieces } from "../in-pieces.ts";
import { meaningOf } from "../meaning.ts";
import { bulkBody, bulkPath, bulkReport } from "./bulk.ts";
import { templateFor, templateName, type Server } from "./template.ts";

const dataStream: ValueType<string> = {
  says: "a data stream's name: small letters, digits, '-', '_' and '.', a letter or digit first",
  parse(name) {
    if (/^[a-z0-9][a-z0-9._-]{0,200}$/.test(name)) return name;
    throw new Error(`is '${name}'; it takes ${this.says}`);
  },
  show: (name) => name,
};

const keys = {
  url: setting(url("http", "https"), undefined, "Of a node, or of what stands before them."),
  index: setting(dataStream, "logs-pahlevan.events-default", "The data stream."),
  "install-template": setting(
    onOff,
    true,
    "Whether the data stream's index template is made where it is missing.",
  ),
  "api-key": secretSetting("An API key, encoded or as ID:KEY.", ""),
  username: setting(text("a name"), "", "Of a user, where there is no API key."),
  password: secretSetting("The user's password.", ""),
  gzip: setting(onOff, true, "Whether requests are compressed."),
  ...httpKeys,
  ...batchKeys(1_000, 5 << 20, 1_000),
};

type Settings = Values<typeof keys>;

export const elasticsearch = {
  type: "elasticsearch",
  says: "ECS documents in a data stream of Elasticsearch or OpenSearch.",
  keys,
  events: sorts.filter((sort) => sort !== "span"),
  metrics: false,
  batch: batchOf,
  make: (settings, around) => new Elasticsearch(settings, around),
} satisfies SinkKind<typeof keys>;

class Elasticsearch implements Sink {
  readonly #settings: Settings;
  readonly #around: Around;
  readonly #peer: HttpPeer;
  readonly #authorization: Readonly<Record<string, string>>;
  /** Seen or made: nobody takes it away while we run. */
  #hasTemplate: boolean;

  constructor(settings: Settings, around: Around) {
    if (settings.url === "") throw new Error("url: is needed, such as https://search.example:9200");
    this.#authorization = authorization(settings);
    this.#settings = settings;
    this.#around = around;
    this.#peer = new HttpPeer(settings);
    this.#hasTemplate = !settings["install-template"];
  }

  async send(batch: readonly Outgoing[], signal: AbortSignal): Promise<Report> {
    if (!this.#hasTemplate) {
      const refusal = await this.#install(signal);
      // Without it the first document would make a plain index of the stream's name.
      if (refusal !== undefined) return tryAgain(batch, refusal);
      this.#hasTemplate = true;
    }
    const { index, gzip } = this.#settings;
    return inPieces(batch, async (part) => {
      const answer = await this.#ask(`/${index}${bulkPath}`, signal, {
        headers: { "content-type": "application/x-ndjson" },
        body: bulkBody(part, this.#around),
        gzip,
      });
      if (answer.status === 200) return bulkReport(answer, part);
      return meaningOf(answer, part, this.#around.nowMs());
    });
  }

  async check(signal: AbortSignal): Promise<string> {
    const { index } = this.#settings;
    const { distribution, number } = await this.#server(signal);
    const name = distribution === "opensearch" ? "OpenSearch" : "Elasticsearch";
    const template = await this.#templateIsThere(signal);
    const missing = this.#settings["install-template"]
      ? "is made with the first record"
      : "is missing, and install-template is off";
    return (
      `${name} ${number || "of an unknown version"}, data stream ${index}: ` +
      `index template ${templateName(index)} ${template ? "is there" : missing}`
    );
  }

  async close(): Promise<void> {
    this.#peer.close();
  }

  /** Why it could not be done, or undefined where the template is there. */
  async #install(signal: AbortSignal): Promise<string | undefined> {
    if (await this.#templateIsThere(signal)) return undefined;
    const { index } = this.#settings;
    const body = templateFor(index, await this.#server(signal), this.#around.version);
    const { status, body: says } = await this.#ask(this.#templatePath(), signal, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (status === 200) return undefined;
    return (
      `its index template ${templateName(index)} is missing, and making it was answered with ` +
      `${status}: ${says.slice(0, 200)}`
    );
  }

  async #templateIsThere(signal: AbortSignal): Promise<boolean> {
    const answer = await this.#ask(this.#templatePath(), signal, { method: "GET" });
    return expectStatus(answer, 200, 404).status === 200;
  }

  #templatePath(): string {
    return `/_index_template/${templateName(this.#settings.index)}`;
  }

  /** Who may only write is not told: then it is taken for Elasticsearch. */
  async #server(signal: AbortSignal): Promise<Server> {
    const answer = await this.#ask("/", signal, { method: "GET" });
    return expectStatus(answer, 200, 403).status === 403
      ? { distribution: "", number: "" }
      : serverIn(answer);
  }

  #ask(
    path: string,
    signal: AbortSignal,
    { headers, ...rest }: Partial<Parameters<HttpPeer["ask"]>[0]>,
  ): Promise<HttpAnswer> {
    const { url: base } = this.#settings;
    const address = `${base.replace(/\/+$/, "")}${path}`;
    return this.#peer.ask({
      ...rest,
      url: address,
      headers: { ...this.#authorization, ...headers },
      signal,
    });
  }
}

function authorization(settings: Settings): Readonly<Record<string, string>> {
  const { "api-key": key, username, password } = settings;
  if (key !== "" && username !== "") throw new Error("api-key: there is a username too; take one");
  if (username !== "") return { authorization: `Basic ${base64(`${username}:${password}`)}` };
  if (key === "") return {};
  return { authorization: `ApiKey ${key.includes(":") ? base64(key) : key}` };
}

function base64(value: string): string {
  return Buffer.from(value).toString("base64");
}

function serverIn({ body }: HttpAnswer): Server {
  const version = at(jsonIn(body), "version");
  const number = textAt(version, "number");
  if (number === "") throw new Error("it tells no version: is it Elasticsearch or OpenSearch?");
  return { number, distribution: textAt(version, "distribution") };
}
