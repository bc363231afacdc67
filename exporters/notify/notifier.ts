/**
 * The sink behind every peer that tells people: records become incidents, incidents messages. What
 * it knows of an incident changes only once the peer has the message, so that a batch that is tried
 * again makes the same of it.
 */
import { Outgoing, type Line } from "../record.ts";
import { severities } from "../severity.ts";
import type { Around, Report, Sink } from "../sink.ts";
import { draftsOf, type Draft, type Drafts, type NewsItem } from "./drafts.ts";
import type { Incident } from "./incident.ts";
import { Ledger } from "./ledger.ts";
import { Pace } from "./pace.ts";
import { roundOf, type Round } from "./round.ts";
import type { NotifySettings } from "./settings.ts";
import type { Outcome, Teller } from "./teller.ts";
import { isToTell, lookedAt, type Patience } from "./when.ts";

const lookEveryMs = 5_000;
/** A reminder that never came, because a full queue dropped it, is sent again. */
const lostAfterMs = 600_000;
const leftOutKey = "news-left-out";

export class Notifier implements Sink {
  readonly #teller: Teller;
  readonly #around: Around;
  readonly #patience: Patience;
  readonly #byHost: boolean;
  readonly #ledger: Ledger;
  readonly #pace: Pace;
  readonly #timer: NodeJS.Timeout;
  #remindedMs: number | undefined;

  constructor(settings: NotifySettings, teller: Teller, around: Around) {
    this.#teller = teller;
    this.#around = around;
    this.#byHost = settings["by-host"];
    this.#patience = {
      resolveAfterMs: settings["resolve-after"],
      repeatMs: settings["repeat-interval"],
    };
    this.#ledger = new Ledger(around.memory);
    this.#pace = new Pace(settings["most-per-minute"]);
    const everyMs = Math.min(lookEveryMs, settings["resolve-after"]);
    this.#timer = setInterval(() => this.#remind(), everyMs).unref();
  }

  async send(batch: readonly Outgoing[], signal: AbortSignal): Promise<Report> {
    const nowMs = this.#around.nowMs();
    const where = { ...this.#around, byHost: this.#byHost };
    const drafts = draftsOf(batch, (key) => this.#ledger.get(key), where, nowMs);
    const all = this.#withDue(drafts, nowMs);
    const isNow = (draft: Draft) => isToTell(draft.incident, nowMs, this.#patience);
    const round = roundOf(
      all.filter(isNow).map(({ incident }) => incident),
      { ...this.#newsOf(drafts.news), leftOut: this.#leftOut },
      this.#pace.left(nowMs),
      this.#teller.isPager,
    );
    const outcomes = await this.#tell(round, signal);
    return this.#settle(batch, { drafts, all, round, outcomes, nowMs });
  }

  check(signal: AbortSignal): Promise<string> {
    return this.#teller.check(signal);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#teller.close();
  }

  /** What time alone has made worth telling, where the batch asks for it. */
  #withDue(drafts: Drafts, nowMs: number): readonly Draft[] {
    if (drafts.dues.length === 0) return drafts.incidents;
    const drafted = new Set(drafts.incidents.map(({ incident }) => incident.key));
    const due = this.#due(nowMs).filter(({ key }) => !drafted.has(key));
    return [...drafts.incidents, ...due.map((incident) => ({ incident, records: [] }))];
  }

  #due(nowMs: number): readonly Incident[] {
    return this.#ledger
      .all()
      .map((incident) => lookedAt(incident, nowMs, this.#patience))
      .filter((incident) => isToTell(incident, nowMs, this.#patience));
  }

  #newsOf(items: readonly NewsItem[]) {
    const all = new Set(items.map(({ severity }) => severity));
    const severity = severities.findLast((each) => all.has(each)) ?? "debug";
    return { says: items.map(({ says }) => says), severity };
  }

  async #tell({ messages }: Round, signal: AbortSignal): Promise<readonly Outcome[]> {
    if (messages.length === 0) return [];
    const outcomes = await this.#teller.tell(messages, signal);
    const nowMs = this.#around.nowMs();
    for (const { is } of outcomes) if (is === "told") this.#pace.spend(nowMs);
    return outcomes;
  }

  #settle(batch: readonly Outgoing[], done: Done): Report {
    const { drafts, all, round, outcomes, nowMs } = done;
    const again = new Set<Outgoing>();
    const refused: Record<string, number> = {};
    const recordsOf = new Map(all.map(({ incident, records }) => [incident.key, records]));
    const untold: Outcome = { is: "again", why: "" };
    const told = new Set<string>();
    for (const [at, incidents] of round.told.entries()) {
      const outcome = outcomes[at] ?? untold;
      const isList = round.hasNews && at === round.told.length - 1;
      const records = [
        ...incidents.flatMap(({ key }) => recordsOf.get(key) ?? []),
        ...(isList ? drafts.news.map(({ record }) => record) : []),
      ];
      for (const { key } of incidents) told.add(key);
      if (outcome.is === "again") {
        for (const record of records) again.add(record);
        // What only time has asked for has no record but the reminder.
        if (incidents.some(({ key }) => recordsOf.get(key)?.length === 0))
          for (const due of drafts.dues) again.add(due);
        continue;
      }
      if (outcome.is === "refused") {
        refused[outcome.reason] = (refused[outcome.reason] ?? 0) + records.length;
        this.#around.complain(`a message was refused: ${outcome.why}`);
      } else if (isList) this.#leftOut = 0;
      for (const incident of incidents) {
        const isOfTime = recordsOf.get(incident.key)?.length === 0;
        // What is refused with its records stays as it was; of time alone it is not tried for ever.
        if (outcome.is === "told" || isOfTime) this.#keepTold(incident, outcome, nowMs);
      }
    }
    for (const { incident } of all) if (!told.has(incident.key)) this.#ledger.set(incident);
    if (!round.hasNews && !this.#teller.isPager && drafts.news.length > 0)
      this.#leftOut += drafts.news.length;
    if (drafts.dues.length > 0 && !drafts.dues.some((due) => again.has(due)))
      this.#remindedMs = undefined;
    return reportOf(batch, again, refused, outcomes);
  }

  #keepTold(incident: Incident, outcome: Outcome, nowMs: number): void {
    if (incident.over !== undefined) return this.#ledger.delete(incident.key);
    const { severity, phase, calls } = incident;
    const handle = (outcome.is === "told" && outcome.handle) || (incident.told?.handle ?? "");
    const told = { atMs: nowMs, severity, phase, calls, handle };
    this.#ledger.set({ ...incident, told, untold: 0 });
  }

  /** Through the queue, as all that is sent: so it is tried again and counted. */
  #remind(): void {
    const nowMs = this.#around.nowMs();
    if (this.#remindedMs !== undefined && nowMs - this.#remindedMs < lostAfterMs) return;
    if (this.#pace.left(nowMs) <= 0 || this.#due(nowMs).length === 0) return;
    this.#remindedMs = nowMs;
    const { name, host } = this.#around;
    const line: Line = {
      id: `due-${host}-${name}-${nowMs}`,
      time: new Date(nowMs).toISOString(),
      event: "pahlevan.loop.notice",
      notice: "propose",
      due: true,
      ...{ namespace: "", workload: "", policy: "", says: "" },
    };
    this.#around.enqueue(Outgoing.of(line));
  }

  get #leftOut(): number {
    return Number(this.#around.memory.get(leftOutKey) ?? 0);
  }

  set #leftOut(count: number) {
    if (count === 0) this.#around.memory.delete(leftOutKey);
    else this.#around.memory.set(leftOutKey, String(count));
  }
}

interface Done {
  readonly drafts: Drafts;
  readonly all: readonly Draft[];
  readonly round: Round;
  readonly outcomes: readonly Outcome[];
  readonly nowMs: number;
}

function reportOf(
  batch: readonly Outgoing[],
  waiting: ReadonlySet<Outgoing>,
  refused: Readonly<Record<string, number>>,
  outcomes: readonly Outcome[],
): Report {
  const again = batch.filter((record) => waiting.has(record));
  const lost = Object.values(refused).reduce((sum, count) => sum + count, 0);
  const [trouble] = outcomes.filter(({ is }) => is !== "told").reverse();
  const why = trouble && trouble.is !== "told" ? trouble.why : undefined;
  const afterMs = trouble?.is === "again" ? trouble.afterMs : undefined;
  return {
    sent: batch.length - again.length - lost,
    again,
    refused,
    ...(afterMs !== undefined && { afterMs }),
    ...(why !== undefined && { why }),
  };
}
