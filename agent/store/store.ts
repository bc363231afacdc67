/** The embedded store of one host: profiles, the states of policies, decisions, in one file. */
import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { Decisions } from "./decisions.ts";
import { reasonOf, StoreError } from "./error.ts";
import { openDatabase, storeFile } from "./open.ts";
import { PolicyStates } from "./policies.ts";
import { Profiles } from "./profiles.ts";

export interface StoreSettings {
  readonly stateDirectory: string;
  readonly decisionsKept: number;
}

export class Store implements Disposable {
  readonly profiles: Profiles;
  readonly policies: PolicyStates;
  readonly decisions: Decisions;
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync, decisionsKept: number) {
    this.#database = database;
    this.profiles = new Profiles(database);
    this.policies = new PolicyStates(database);
    this.decisions = new Decisions(database, decisionsKept);
  }

  /** Makes it where there is none. Throws a StoreError that says what to do. */
  static open({ stateDirectory, decisionsKept }: StoreSettings): Store {
    return new Store(opened(stateDirectory, true), decisionsKept);
  }

  /** Undefined where none was ever made. */
  static openExisting({ stateDirectory, decisionsKept }: StoreSettings): Store | undefined {
    if (!existsSync(storeFile(stateDirectory))) return undefined;
    return new Store(opened(stateDirectory, false), decisionsKept);
  }

  close(): void {
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
