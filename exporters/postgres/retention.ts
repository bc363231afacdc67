/** Deletes rows that are older than they are kept for, in steps that hold nobody up. */
import type { Client } from "pg";
import { tableOf } from "./schema.ts";
import type { Settings } from "./settings.ts";

const rowsOfStep = 2_000;
/** Where the last step had nothing left to do. */
const restMs = 60_000;

export class Retention {
  readonly #settings: Settings;
  readonly #nowMs: () => number;
  #nextMs = 0;

  constructor(settings: Settings, nowMs: () => number) {
    this.#settings = settings;
    this.#nowMs = nowMs;
  }

  async step(client: Client): Promise<void> {
    const keepForMs = this.#settings["keep-for"];
    const nowMs = this.#nowMs();
    if (keepForMs === 0 || nowMs < this.#nextMs) return;
    // Meanwhile other hosts delete too: each takes rows that no other has taken.
    const table = tableOf(this.#settings);
    const { rowCount } = await client.query(
      `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE time < $1 ` +
        "ORDER BY time LIMIT $2 FOR UPDATE SKIP LOCKED)",
      [new Date(nowMs - keepForMs), rowsOfStep],
    );
    if ((rowCount ?? 0) < rowsOfStep) this.#nextMs = nowMs + restMs;
  }
}
