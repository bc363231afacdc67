/** The embedded store of one host: profiles, policies, decisions, signals, loops, in one file. */
import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { Decisions } from "./decisions.ts";
import { reasonOf, StoreError } from "./error.ts";
import { Loops } from "./loops.ts";
import { openDatabase, storeFile } from "./open.ts";
import { PolicyStates } from "./policies.ts";
import { Profiles } from "./profiles.ts";
import { signalsKeptUsually, StoredSignals } from "./signals.ts";

export interface StoreSettings {
  readonly stateDirectory: string;
  readonly decisionsKept: number;
  /** Alerts that are kept, the firing ones and those before them. */
  readonly signalsKept?: number;
}

export class Store implements Disposable {
  readonly profiles: Profiles;
  readonly policies: PolicyStates;
  readonly decisions: Decisions;
  readonly signals: StoredSignals;
  readonly loops: Loops;
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync, { decisionsKept, signalsKept }: StoreSettings) {
    this.#database = database;
    this.profiles = new Profiles(database);
    this.policies = new PolicyStates(database);
    this.decisions = new Decisions(database, decisionsKept);
    this.signals = new StoredSignals(database, signalsKept ?? signalsKeptUsually);
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
