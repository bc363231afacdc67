/** The embedded store of one host: profiles, policies, events, signals, loops, in one file. */
import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { Decisions } from "./decisions.ts";
import { reasonOf, StoreError } from "./error.ts";
import { usualEventBytes } from "./event-limits.ts";
import { Events } from "./events.ts";
import { Loops } from "./loops.ts";
import { openDatabase, storeFile } from "./open.ts";
import { PolicyStates } from "./policies.ts";
import { Profiles } from "./profiles.ts";
import { signalsKeptUsually, StoredSignals } from "./signals.ts";

export interface StoreSettings {
  readonly stateDirectory: string;
  readonly decisionsKept: number;
  /** Milliseconds. Without one they are kept for ever. */
  readonly eventsKeptFor?: number;
  /** Bytes of their text. */
  readonly eventsSize?: number;
  /** Whether first sights and lives of instances are kept too. */
  readonly eventsFirstSights?: "on" | "off";
  /** Alerts that are kept, the firing ones and those before them. */
  readonly signalsKept?: number;
}

export class Store implements Disposable {
  readonly profiles: Profiles;
  readonly policies: PolicyStates;
  readonly events: Events;
  readonly decisions: Decisions;
  readonly signals: StoredSignals;
  readonly loops: Loops;
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync, settings: StoreSettings) {
    this.#database = database;
    this.profiles = new Profiles(database);
    this.policies = new PolicyStates(database);
    this.events = new Events(database, {
      decisionsKept: settings.decisionsKept,
      sizeBytes: settings.eventsSize ?? usualEventBytes,
      keptForMs: settings.eventsKeptFor,
      firstSights: settings.eventsFirstSights === "on",
      nowMs: Date.now,
    });
    this.decisions = new Decisions(this.events);
    this.signals = new StoredSignals(database, settings.signalsKept ?? signalsKeptUsually);
    this.loops = new Loops(database);
  }

  /** Makes it where there is none. Throws a StoreError that says what to do. */
  static open(settings: StoreSettings): Store {
    return new Store(opened(settings.stateDirectory, true), settings);
  }

  /** Undefined where none was ever made. */
  static openExisting(settings: StoreSettings): Store | undefined {
    if (!existsSync(storeFile(settings.stateDirectory))) return undefined;
    return new Store(opened(settings.stateDirectory, false), settings);
  }

  close(): void {
    this.signals.close();
    if (this.#database.isOpen) this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function opened(directory: string, make: boolean): DatabaseSync {
  try {
    return openDatabase(directory, make);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`cannot open ${storeFile(directory)}: ${reasonOf(error)}`);
  }
}
