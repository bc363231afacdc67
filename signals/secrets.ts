/**
 * The credentials that senders prove to have, two of each while one replaces the other. They come
 * from files or the environment, and nothing here prints a secret.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  arePeople,
  readCredentials,
  SecretError,
  senders,
  type Credential,
  type Sender,
} from "./credential-lines.ts";

export interface SecretPlaces {
  /** A folder with one file for each sender, named as it. Absent or "": none. */
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** So long may a rotation take to be seen. */
const lookMs = 1_000;

export function secretVariable(sender: Sender): string {
  return `PAHLEVAN_SIGNALS_SECRET_${sender.toUpperCase()}`;
}

export class Secrets {
  readonly #places: SecretPlaces;
  readonly #held = new Map<Sender, { stamp: string; credentials: readonly Credential[] }>();
  readonly #problems = new Map<Sender, string>();
  #lookedMs: number;

  /** Throws a SecretError for what cannot be a secret. */
  constructor(places: SecretPlaces, nowMs: number) {
    this.#places = places;
    this.#lookedMs = nowMs;
    for (const sender of senders) this.#look(sender);
  }

  /** Those that are live; files that changed are read again. */
  of(sender: Sender, nowMs: number): readonly Credential[] {
    if (Math.abs(nowMs - this.#lookedMs) >= lookMs) this.#lookAgain(nowMs);
    return this.#held.get(sender)?.credentials ?? [];
  }

  /** Why secrets that were changed are not in use; those before them still are. */
  problems(): readonly string[] {
    return [...this.#problems.values()];
  }

  #lookAgain(nowMs: number): void {
    this.#lookedMs = nowMs;
    for (const sender of senders) {
      try {
        this.#look(sender);
        this.#problems.delete(sender);
      } catch (error) {
        this.#problems.set(sender, error instanceof Error ? error.message : String(error));
      }
    }
  }

  #look(sender: Sender): void {
    const place = this.#placeOf(sender);
    if (place === undefined) this.#held.delete(sender);
    if (place === undefined || this.#held.get(sender)?.stamp === place.stamp) return;
    const credentials = readCredentials(sender, place.name, place.read());
    this.#held.set(sender, { stamp: place.stamp, credentials });
  }

  #placeOf(
    sender: Sender,
  ): { readonly name: string; readonly stamp: string; read(): string } | undefined {
    const variable = secretVariable(sender);
    const text = this.#places.environment?.[variable];
    if (text !== undefined) return { name: variable, stamp: "", read: () => text };
    const { directory = "" } = this.#places;
    if (directory === "") return undefined;
    const file = join(directory, sender);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) {
      // An alert that is refused may be an outage; people who leave are to be out.
      if (!this.#held.has(sender) || arePeople(sender)) return undefined;
      throw new SecretError(`${file} is gone; what it held stays in use until it is back`);
    }
    const stamp = `${found.ino} ${found.size} ${found.mtimeMs}`;
    return { name: file, stamp, read: () => readFileSync(file, "utf8") };
  }
}
