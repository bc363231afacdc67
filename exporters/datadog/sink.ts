/** Datadog by its HTTP intakes: metrics, logs, events and service checks. */
import { HttpPeer, batchOf, expectStatus } from "../delivery/http.ts";
import type { Snapshot } from "../metrics/snapshot.ts";
import type { Outgoing } from "../record.ts";
import type { Around, Report, Sink, SinkKind } from "../sink.ts";
import { Growth } from "./growth.ts";
import { Intake, type Answered } from "./intake.ts";
import { addressOf, datadogKeys, type DatadogSettings, type Part } from "./keys.ts";
import { MetricsIntake, mostAgeMs, mostCompressedBytes } from "./metrics-intake.ts";
import { RecordsIntake } from "./records-intake.ts";
import { senderOf, type Sender } from "./sender.ts";
import { serviceCheck } from "./service-check.ts";

export const datadog = {
  type: "datadog",
  says: "Datadog, by HTTP: metrics, logs, events and service checks of your organisation.",
  keys: datadogKeys,
  events: ["decision", "transition", "notice", "converged"],
  metrics: true,
  batch: (settings) => batchOf(settings),
  make: (settings, around) => new DatadogSink(settings, around),
} satisfies SinkKind<typeof datadogKeys>;

class DatadogSink implements Sink {
  readonly #settings: DatadogSettings;
  readonly #around: Around;
  readonly #peer: HttpPeer;
  readonly #sender: Sender;
  readonly #growth: Growth;
  readonly #metrics: MetricsIntake;
  readonly #logs: Intake;
  readonly #events: Intake;
  readonly #records: RecordsIntake;

  constructor(settings: DatadogSettings, around: Around) {
    const apiKey = settings["api-key"].trim();
    if (apiKey === "") throw new Error("api-key is empty: it takes ${NAME} or file:/PATH");
    if (/[^\x21-\x7e]/.test(apiKey)) throw new Error("api-key has characters that no key has");
    this.#settings = settings;
    this.#around = around;
    this.#peer = new HttpPeer(settings);
    this.#sender = senderOf(settings, around);
    this.#growth = new Growth(around.nowMs());
    this.#growth.take(around.memory);
    this.#metrics = new MetricsIntake(this.#growth, this.#sender, settings.histograms);
    this.#logs = this.#intake("logs", "/api/v2/logs");
    this.#events = this.#intake("events", "/api/v2/events");
    const to = (part: Part, intake: Intake) =>
      settings.send.includes(part)
        ? (body: string, signal: AbortSignal) => intake.post(body, signal)
        : undefined;
    this.#records = new RecordsIntake(
      { logs: to("logs", this.#logs), events: to("events", this.#events) },
      this.#sender,
      around.nowMs,
    );
  }

  #intake(part: Part, path: string): Intake {
    const url = `${addressOf(part, this.#settings)}${path}`;
    const apiKey = this.#settings["api-key"].trim();
    return new Intake(this.#peer, { url, apiKey, nowMs: this.#around.nowMs });
  }

  send(batch: readonly Outgoing[], signal: AbortSignal): Promise<Report> {
    return this.#records.send(batch, signal);
  }

  async sendMetrics(snapshot: Snapshot, signal: AbortSignal): Promise<void> {
    const { send } = this.#settings;
    const failed = [
      send.includes("metrics") && (await this.#sendSeries(snapshot, signal)),
      send.includes("service-checks") && (await this.#sendCheck(snapshot, signal)),
    ].filter((why) => typeof why === "string");
    if (failed.length > 0) throw new Error(failed.join("; "));
  }

  async #sendSeries(snapshot: Snapshot, signal: AbortSignal): Promise<string | undefined> {
    if (this.#around.nowMs() - snapshot.atMs > mostAgeMs)
      return "too_old: Datadog takes no metrics that are older than an hour";
    const series = this.#intake("metrics", "/api/v2/series");
    const distributions = this.#intake("metrics", "/api/v1/distribution_points");
    return this.#metrics.send(snapshot, {
      series: (body) => series.post(body, signal, mostCompressedBytes),
      distributions: (body) => distributions.post(body, signal, mostCompressedBytes),
    });
  }

  async #sendCheck({ atMs }: Snapshot, signal: AbortSignal): Promise<string | undefined> {
    const intake = this.#intake("service-checks", "/api/v1/check_run");
    const answered = await intake.post(JSON.stringify([serviceCheck(atMs, this.#sender)]), signal);
    return whyNot(answered);
  }

  /** Changes nothing there: whether the key is one. */
  async check(signal: AbortSignal): Promise<string> {
    const url = addressOf("metrics", this.#settings);
    const answer = await this.#peer.ask({
      url: `${url}/api/v1/validate`,
      method: "GET",
      headers: { "dd-api-key": this.#settings["api-key"].trim() },
      signal,
    });
    if (answer.status === 401 || answer.status === 403)
      throw new Error(`${new URL(url).host} does not know this api-key (${answer.status})`);
    expectStatus(answer, 200);
    const says = `${new URL(url).host} knows the api-key`;
    if (this.#around.cluster !== "") return says;
    return `${says}; the shipped monitors group by the cluster, and none is named`;
  }

  close(): Promise<void> {
    this.#growth.leave(this.#around.memory);
    this.#peer.close();
    return Promise.resolve();
  }
}

function whyNot({ meaning, why }: Answered): string | undefined {
  return meaning === "taken" ? undefined : why;
}
