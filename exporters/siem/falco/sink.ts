/** Falco's events to a falcosidekick, which hands them on to whatever outputs it has. */
import { count } from "@pahlevan/core/settings/values.ts";
import {
  batchKeys,
  batchOf,
  expectStatus,
  HttpPeer,
  httpKeys,
  reportOf,
} from "../../delivery/http.ts";
import { falco } from "../../formats/falco.ts";
import type { Outgoing } from "../../record.ts";
import { setting, url, type Values } from "../../settings.ts";
import { together, tryAgain } from "../../sink.ts";
import type { Around, Report, Sink, SinkKind } from "../../sink.ts";

const keys = {
  url: setting(url("http", "https"), undefined, "Where it listens: http://falcosidekick:2801."),
  requests: setting(count(1, 4), 4, "How many are on their way at once: one takes one record."),
  ...httpKeys,
  ...batchKeys(200, 1 << 20, 500),
};

type Settings = Values<typeof keys>;

export const falcosidekick = {
  type: "falcosidekick",
  says: "Records as Falco's events, by falcosidekick to any of its outputs.",
  keys,
  events: ["decision", "transition", "notice"],
  metrics: false,
  batch: batchOf,
  make: (settings, around) => new Falcosidekick(settings, around),
} satisfies SinkKind<typeof keys>;

class Falcosidekick implements Sink {
  readonly #settings: Settings;
  readonly #around: Around;
  readonly #peer: HttpPeer;

  constructor(settings: Settings, around: Around) {
    this.#settings = settings;
    this.#around = around;
    this.#peer = new HttpPeer(settings);
  }

  async send(batch: readonly Outgoing[], signal: AbortSignal): Promise<Report> {
    const reports: Report[] = [];
    let next = 0;
    let isAway = false;
    const worker = async () => {
      // Who cannot take one takes none: the others need not be told so one by one.
      while (!isAway && next < batch.length) {
        const at = next++;
        const record = batch.slice(at, at + 1);
        const report = await this.#post(record, signal);
        isAway ||= report.again.length > 0;
        reports[at] = report;
      }
    };
    await Promise.all(Array.from({ length: this.#settings.requests }, worker));
    const rest = batch.slice(reports.length);
    const asked = reports.reduce(together, { sent: 0, again: [], refused: {} });
    return { ...asked, again: [...asked.again, ...rest] };
  }

  async check(signal: AbortSignal): Promise<string> {
    const answer = await this.#peer.ask({ method: "GET", url: this.#at("ping"), signal });
    const said = expectStatus(answer, 200).body.trim();
    if (said !== "pong") throw new Error("what answers there is no falcosidekick");
    return "falcosidekick answers; what its outputs do it does not say";
  }

  close(): Promise<void> {
    this.#peer.close();
    return Promise.resolve();
  }

  async #post(record: readonly Outgoing[], signal: AbortSignal): Promise<Report> {
    const [body] = record.map(({ line }) => JSON.stringify(falco(line, this.#around)));
    try {
      const headers = { "content-type": "application/json" };
      const request = { url: this.#at(""), headers, body: body ?? "", signal };
      return reportOf(await this.#peer.ask(request), record, this.#around.nowMs());
    } catch (error) {
      return tryAgain(record, error instanceof Error ? error.message : String(error));
    }
  }

  #at(path: string): string {
    return `${this.#settings.url.replace(/\/$/, "")}/${path}`;
  }
}
