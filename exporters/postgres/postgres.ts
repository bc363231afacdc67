/** Records into a table of PostgreSQL: each once, however often it is sent. */
import type { ClientConfig } from "pg";
import { batchOf } from "../delivery/http.ts";
import type { Outgoing } from "../record.ts";
import {
  refuse,
  sent,
  together,
  tryAgain,
  type Around,
  type Report,
  type Sink,
  type SinkKind,
} from "../sink.ts";
import {
  configOf,
  connect,
  isDataError,
  saidBy,
  sqlState,
  unlessAborted,
  type Connection,
} from "./connection.ts";
import { findings } from "./findings.ts";
import { Retention } from "./retention.ts";
import { columns, rowOf } from "./row.ts";
import { migrate, tableOf } from "./schema.ts";
import { keys, type Settings } from "./settings.ts";

export const postgres = {
  type: "postgres",
  says: "Each record as a row of a table in PostgreSQL, with its JSON to ask questions of.",
  keys,
  events: ["decision", "transition", "notice", "converged", "first_seen", "instance"],
  metrics: false,
  batch: batchOf,
  make: (settings, around) => new PostgresSink(settings, around),
} satisfies SinkKind<typeof keys>;

class PostgresSink implements Sink {
  readonly #settings: Settings;
  readonly #around: Around;
  readonly #config: ClientConfig;
  readonly #insert: string;
  readonly #retention: Retention;
  #connection: Connection | undefined;

  constructor(settings: Settings, around: Around) {
    this.#settings = settings;
    this.#around = around;
    this.#config = configOf(settings, `pahlevan ${around.name}`);
    const names = columns.map(([name]) => name).join(", ");
    const lists = columns.map(([, type], at) => `$${at + 1}::${type}[]`).join(", ");
    this.#insert =
      `INSERT INTO ${tableOf(settings)} (${names}) SELECT * FROM unnest(${lists}) ` +
      "ON CONFLICT (id) DO NOTHING";
    this.#retention = new Retention(settings, around.nowMs);
  }

  async send(batch: readonly Outgoing[], signal: AbortSignal): Promise<Report> {
    const connection = await this.#ready(signal);
    const report = await unlessAborted(connection, signal, () => this.#put(connection, batch));
    if (report.again.length > 0) await this.close();
    else await this.#retain(connection, signal);
    return report;
  }

  async check(signal: AbortSignal): Promise<string> {
    const connection = await connect(this.#config, signal);
    try {
      return await unlessAborted(connection, signal, () =>
        findings(connection.client, this.#settings),
      );
    } finally {
      await connection.close();
    }
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }

  /** Rejects where there is no database, or no table can be made in it. */
  async #ready(signal: AbortSignal): Promise<Connection> {
    if (this.#connection && !this.#connection.isLost()) return this.#connection;
    await this.close();
    const connection = await connect(this.#config, signal);
    try {
      await unlessAborted(connection, signal, () => migrate(connection.client, this.#settings));
    } catch (error) {
      await connection.close();
      throw error;
    }
    this.#connection = connection;
    return connection;
  }

  /** What the server refuses is looked for by halves: a bad record takes none with it. */
  async #put(connection: Connection, batch: readonly Outgoing[]): Promise<Report> {
    try {
      const rows = batch.map((record) => rowOf(record, this.#around));
      const lists = columns.map((_, at) => rows.map((row) => row[at]));
      await connection.client.query(this.#insert, lists);
      return sent(batch);
    } catch (error) {
      if (!isDataError(error)) return tryAgain(batch, saidBy(error));
      if (batch.length === 1) return refuse(batch, `sqlstate_${sqlState(error)}`, saidBy(error));
      const middle = batch.length >> 1;
      const first = await this.#put(connection, batch.slice(0, middle));
      const rest = batch.slice(middle);
      // In their order: behind what has to be tried again nothing goes first.
      if (first.again.length > 0) return together(first, tryAgain(rest, first.why ?? ""));
      return together(first, await this.#put(connection, rest));
    }
  }

  /** The records are there: what fails here is told, and tried again with the next batch. */
  async #retain(connection: Connection, signal: AbortSignal): Promise<void> {
    try {
      await unlessAborted(connection, signal, () => this.#retention.step(connection.client));
    } catch (error) {
      this.#around.complain(`${this.#around.name}: old rows are not deleted: ${saidBy(error)}`);
      if (sqlState(error) === undefined) await this.close();
    }
  }
}
