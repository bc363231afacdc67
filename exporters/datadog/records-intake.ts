/**
 * Records by HTTP: every one as a log, and what moved a loop or calls somebody as an event, too.
 * A record is sent when all its parts are.
 */
import { unixMs, type Line, type Outgoing } from "../record.ts";
import type { Report } from "../sink.ts";
import { chunksOf, sendChunks } from "./chunks.ts";
import { eventItem, isEvent } from "./event-item.ts";
import type { Answered } from "./intake.ts";
import { logItem } from "./log-item.ts";
import type { Sender } from "./sender.ts";
import { Told } from "./told.ts";

const logLimits = { items: 1_000, bytes: 5_000_000 };
/** Of logs and of events; older ones are dropped behind a 202. */
const mostAgeMs = 18 * 3_600_000;

type Post = (body: string, signal: AbortSignal) => Promise<Answered>;

export interface RecordsTo {
  /** Absent where that part is not sent. */
  readonly logs?: Post | undefined;
  readonly events?: Post | undefined;
}

interface Item {
  readonly record: Outgoing;
  readonly line: Line;
}

export class RecordsIntake {
  readonly #to: RecordsTo;
  readonly #sender: Sender;
  readonly #nowMs: () => number;
  /** Its event was taken, its log was not yet. */
  readonly #eventTold = new Told();

  constructor(to: RecordsTo, sender: Sender, nowMs: () => number) {
    this.#to = to;
    this.#sender = sender;
    this.#nowMs = nowMs;
  }

  async send(batch: readonly Outgoing[], signal: AbortSignal): Promise<Report> {
    const refusals = new Map<Outgoing, string>();
    const again = new Set<Outgoing>();
    const says: Answered[] = [];
    const items = batch.map((record) => ({ record, line: record.line }));
    for (const item of items) {
      if (this.#nowMs() - unixMs(item.line.time) > mostAgeMs) refusals.set(item.record, "too_old");
      else if (!this.#isTaken(item.line)) refusals.set(item.record, "no_part");
    }
    const due = items.filter(({ record }) => !refusals.has(record));
    const note = ({ record }: Item, answered: Answered) => {
      if (answered.meaning === "taken") return;
      says.push(answered);
      if (answered.meaning === "again") again.add(record);
      else refusals.set(record, answered.reason);
    };
    for (const { item, ...answered } of await this.#events(due, signal)) note(item, answered);
    const logged = due.filter(({ record }) => !again.has(record));
    for (const { item, ...answered } of await this.#logs(logged, signal)) note(item, answered);
    // What is refused by one part and waits for the other one waits: it can still be told.
    for (const { record, line } of due) if (!again.has(record)) this.#eventTold.delete(line.id);
    return report(batch, again, refusals, says);
  }

  #isTaken(line: Line): boolean {
    return this.#to.logs !== undefined || (this.#to.events !== undefined && isEvent(line));
  }

  async #events(items: readonly Item[], signal: AbortSignal) {
    const { events } = this.#to;
    if (events === undefined) return [];
    const due = items.flatMap(({ record, line }) =>
      isEvent(line) && !this.#eventTold.has(line.id)
        ? [{ record, line, json: eventItem(line, this.#sender) }]
        : [],
    );
    const chunks = due.map((item) => [item]);
    const fates = await sendChunks(chunks, ([item]) => events(item?.json ?? "", signal));
    for (const { item, meaning } of fates)
      if (meaning === "taken" || meaning === "refused") this.#eventTold.add(item.line.id);
    return fates;
  }

  async #logs(items: readonly Item[], signal: AbortSignal) {
    const { logs } = this.#to;
    if (logs === undefined) return [];
    const ready = items.map((item) => ({ ...item, json: logItem(item.line, this.#sender) }));
    return sendChunks(chunksOf(ready, logLimits), (chunk) =>
      logs(`[${chunk.map(({ json }) => json).join(",")}]`, signal),
    );
  }
}

function report(
  batch: readonly Outgoing[],
  again: ReadonlySet<Outgoing>,
  refusals: ReadonlyMap<Outgoing, string>,
  says: readonly Answered[],
): Report {
  const refused: Record<string, number> = {};
  for (const [record, reason] of refusals)
    if (!again.has(record)) refused[reason] = (refused[reason] ?? 0) + 1;
  const count = Object.values(refused).reduce((sum, one) => sum + one, 0);
  const afterMs = Math.max(0, ...says.map(({ afterMs = 0 }) => afterMs));
  const why =
    says.find(({ meaning }) => meaning === "again")?.why ??
    says[0]?.why ??
    whyOf([...refusals.values()][0]);
  return {
    sent: batch.length - again.size - count,
    again: batch.filter((record) => again.has(record)),
    refused,
    ...(afterMs > 0 && { afterMs }),
    ...(why !== undefined && { why }),
  };
}

function whyOf(reason: string | undefined): string | undefined {
  if (reason === "too_old") return "Datadog takes nothing that is older than 18 hours";
  if (reason === "no_part") return "only logs carry such records, and `send` leaves logs out";
  return undefined;
}
