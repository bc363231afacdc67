/** Who asks for a page, by the name and the password of a web configuration's users. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { usualLimits } from "@pahlevan/signals/limits.ts";
import { Buckets, type Rate } from "@pahlevan/signals/rate.ts";

export type Judgement = "known" | "unknown" | "too often";
export interface Asking {
  readonly authorization: string | undefined;
  readonly address: string;
}

type Hashes = ReadonlyMap<string, string>;

/** Of each address. */
const mostAddresses = 1_024;
/**
 * Of all together: a comparison takes a tenth of a second of the agent's one thread (cost 10), and
 * a thread of its own would leave 30 MB behind.
 */
const comparisons: Rate = { perSecond: 1, burst: 20 };

type Compare = (password: string, hash: string) => Promise<boolean>;

/** Loaded where somebody is asked for a password, and only there: 9 MB. */
const byBcrypt: Compare = async (password, hash) =>
  (await import("bcryptjs")).compare(password, hash);

export class Users {
  readonly #compare: Compare;
  /** By user, of a password that was right: no scrape waits for bcrypt but the first. */
  readonly #right = new WeakMap<Hashes, Map<string, Buffer>>();
  readonly #digestKey = randomBytes(32);
  readonly #guesses = new Buckets(usualLimits.wrongRate, mostAddresses);
  readonly #comparisons = new Buckets(comparisons, 1);

  constructor(compare: Compare = byBcrypt) {
    this.#compare = compare;
  }

  async judge(
    { authorization, address }: Asking,
    hashes: Hashes,
    nowMs: number,
  ): Promise<Judgement> {
    const [name, password] = presented(authorization);
    if (name === undefined || password === undefined) return "unknown";
    const right = this.#right.get(hashes) ?? new Map<string, Buffer>();
    this.#right.set(hashes, right);
    const digest = createHmac("sha256", this.#digestKey).update(password).digest();
    const before = right.get(name);
    if (before !== undefined && timingSafeEqual(before, digest)) return "known";
    if (!this.#guesses.take(address, nowMs)) return "too often";
    if (!this.#comparisons.take("", nowMs)) return "too often";
    const hash = hashes.get(name);
    // For a name that is nobody's it takes as long: the time tells nobody which names there are.
    const matches = await this.#compare(password, hash ?? costliest(hashes));
    if (hash === undefined || !matches) return "unknown";
    right.set(name, digest);
    return "known";
  }
}

function presented(authorization = ""): [name?: string, password?: string] {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  const text = Buffer.from(encoded ?? "", "base64").toString();
  const colon = text.indexOf(":");
  return colon < 0 ? [] : [text.slice(0, colon), text.slice(colon + 1)];
}

function costliest(hashes: Hashes): string {
  const costOf = (hash: string) => hash.slice(4, 6);
  const [first = ""] = [...hashes.values()].toSorted((a, b) => costOf(b).localeCompare(costOf(a)));
  return first;
}
