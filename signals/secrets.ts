/**
 * The secrets that senders prove they know, two of each while one replaces the other. They come
 * from files or the environment, and nothing here prints one.
 */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export const receivers = ["alertmanager", "grafana", "datadog", "generic"] as const;
export type ReceiverName = (typeof receivers)[number];

export interface Secret {
  /** For counts and messages: "grafana 1". */
  readonly name: string;
  /** As it is written; a key of Standard Webhooks is what its base64 holds. */
  readonly key: Buffer;
  readonly digest: Buffer;
}

export interface SecretPlaces {
  /** A folder with one file for each receiver, named as it. Absent or "": none. */
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** What is wrong with a secret, and never the secret. */
export class SecretError extends Error {}

const liveSecrets = 2;
const shortest = 16;
/** Standard Webhooks: from 24 to 64 bytes. */
const keyBytes = { fewest: 24, most: 64 };
/** So long may a rotation take to be seen. */
const lookMs = 1_000;

export function secretVariable(receiver: ReceiverName): string {
  return `PAHLEVAN_SIGNALS_SECRET_${receiver.toUpperCase()}`;
}

export class Secrets {
  readonly #places: SecretPlaces;
  readonly #held = new Map<ReceiverName, { stamp: string; secrets: readonly Secret[] }>();
  readonly #problems = new Map<ReceiverName, string>();
  #lookedMs: number;

  /** Throws a SecretError for what cannot be a secret. */
  constructor(places: SecretPlaces, nowMs: number) {
    this.#places = places;
    this.#lookedMs = nowMs;
    for (const receiver of receivers) this.#look(receiver);
  }

  /** Those that are live; files that changed are read again. */
  of(receiver: ReceiverName, nowMs: number): readonly Secret[] {
    if (Math.abs(nowMs - this.#lookedMs) >= lookMs) this.#lookAgain(nowMs);
    return this.#held.get(receiver)?.secrets ?? [];
  }

  /** Why secrets that were changed are not in use; those before them still are. */
  problems(): readonly string[] {
    return [...this.#problems.values()];
  }

  #lookAgain(nowMs: number): void {
    this.#lookedMs = nowMs;
    for (const receiver of receivers) {
      try {
        this.#look(receiver);
        this.#problems.delete(receiver);
      } catch (error) {
        this.#problems.set(receiver, error instanceof Error ? error.message : String(error));
      }
    }
  }

  #look(receiver: ReceiverName): void {
    const place = this.#placeOf(receiver);
    if (place === undefined || this.#held.get(receiver)?.stamp === place.stamp) return;
    const lines = place.read().split("\n");
    const secrets = readSecrets(receiver, place.name, lines);
    this.#held.set(receiver, { stamp: place.stamp, secrets });
  }

  #placeOf(
    receiver: ReceiverName,
  ): { readonly name: string; readonly stamp: string; read(): string } | undefined {
    const variable = secretVariable(receiver);
    const text = this.#places.environment?.[variable];
    if (text !== undefined) return { name: variable, stamp: "", read: () => text };
    const { directory = "" } = this.#places;
    if (directory === "") return undefined;
    const file = join(directory, receiver);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) {
      if (!this.#held.has(receiver)) return undefined;
      throw new SecretError(`${file} is gone; what it held stays in use until it is back`);
    }
    const stamp = `${found.ino} ${found.size} ${found.mtimeMs}`;
    return { name: file, stamp, read: () => readFileSync(file, "utf8") };
  }
}

function readSecrets(receiver: ReceiverName, place: string, lines: readonly string[]): Secret[] {
  const words = lines.map((each) => each.trim()).filter((each) => each !== "");
  if (words.length === 0) throw new SecretError(`${place} is empty`);
  if (words.length > liveSecrets) {
    throw new SecretError(`${place} has ${words.length} lines; ${liveSecrets} secrets may be live`);
  }
  return words.map((word, at) => {
    const key = receiver === "generic" ? standardKey(word) : plainKey(word);
    if (typeof key === "string") throw new SecretError(`${place}, line ${at + 1}: ${key}`);
    const digest = createHash("sha256").update(word).digest();
    return { name: `${receiver} ${at + 1}`, key, digest };
  });
}

function plainKey(word: string): Buffer | string {
  if (word.length < shortest) return `shorter than ${shortest} characters`;
  return /\s/.test(word) ? "it has a blank in it" : Buffer.from(word);
}

/** "whsec_" and base64, as the specification of Standard Webhooks has it. */
function standardKey(word: string): Buffer | string {
  const takes = "it takes whsec_ and 24 to 64 bytes in base64 (openssl rand -base64 32)";
  const [, encoded] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(word) ?? [];
  if (encoded === undefined) return takes;
  const key = Buffer.from(encoded, "base64");
  return key.length >= keyBytes.fewest && key.length <= keyBytes.most ? key : takes;
}
