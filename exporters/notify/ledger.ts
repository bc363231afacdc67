/** The incidents that are not over, in the sink's memory: they outlive the agent. */
import type { Memory } from "../sink.ts";
import type { Incident } from "./incident.ts";

/** More are closed, those first of which nothing was heard for the longest. */
const mostOpen = 500;
/** Written in the key, so that what another version wrote is not read as ours. */
const prefix = "incident.1/";

export class Ledger {
  readonly #memory: Memory;
  readonly #open = new Map<string, Incident>();

  constructor(memory: Memory) {
    this.#memory = memory;
    for (const [name, text] of memory.entries()) {
      if (!name.startsWith("incident.")) continue;
      const incident = name.startsWith(prefix) ? incidentIn(text) : undefined;
      if (incident === undefined) memory.delete(name);
      else this.#open.set(incident.key, incident);
    }
  }

  get size(): number {
    return this.#open.size;
  }

  all(): readonly Incident[] {
    return [...this.#open.values()];
  }

  get(key: string): Incident | undefined {
    return this.#open.get(key);
  }

  set(incident: Incident): void {
    this.#open.delete(incident.key);
    this.#write(incident);
    if (this.#open.size > mostOpen) this.#makeRoom();
  }

  delete(key: string): void {
    this.#open.delete(key);
    this.#memory.delete(`${prefix}${key}`);
  }

  #write(incident: Incident): void {
    this.#open.set(incident.key, incident);
    this.#memory.set(`${prefix}${incident.key}`, JSON.stringify(incident));
  }

  /** Over, to be told; where even that is not done in time, gone. */
  #makeRoom(): void {
    const byAge = [...this.#open.values()].sort((one, other) => one.lastMs - other.lastMs);
    const living = byAge.filter(({ over }) => over === undefined);
    const [oldest] = living;
    if (oldest && living.length > mostOpen)
      this.#write({ ...oldest, over: "too many others are open" });
    const [first] = byAge;
    if (first && this.#open.size > 2 * mostOpen) this.delete(first.key);
  }
}

function incidentIn(text: string): Incident | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isIncident(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isIncident(value: unknown): value is Incident {
  return typeof value === "object" && value !== null && "key" in value && "tally" in value;
}
