/** Who asks for a page, by the name and the password of a web configuration's users. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { usualLimits } from "@pahlevan/signals/limits.ts";
import { Buckets } from "@pahlevan/signals/rate.ts";
import { Passwords } from "./passwords.ts";

export type Judgement = "known" | "unknown" | "too often";
type Hashes = ReadonlyMap<string, string>;

const mostAddresses = 1_024;

export class Users {
  readonly #passwords: Pick<Passwords, "matches">;
  /** By user, of a password that was right: no scrape waits for bcrypt but the first. */
  readonly #right = new WeakMap<Hashes, Map<string, Buffer>>();
  readonly #digestKey = randomBytes(32);
  readonly #guesses = new Buckets(usualLimits.wrongRate, mostAddresses);

  constructor(passwords: Pick<Passwords, "matches"> = new Passwords()) {
    this.#passwords = passwords;
  }

  async judge(
    { headers, socket }: Pick<IncomingMessage, "headers" | "socket">,
    hashes: Hashes,
    nowMs: number,
  ): Promise<Judgement> {
    const [name, password] = presented(headers.authorization);
    if (name === undefined || password === undefined) return "unknown";
    const right = this.#right.get(hashes) ?? new Map<string, Buffer>();
    this.#right.set(hashes, right);
    const digest = createHmac("sha256", this.#digestKey).update(password).digest();
    const before = right.get(name);
    if (before !== undefined && timingSafeEqual(before, digest)) return "known";
    if (!this.#guesses.take(socket.remoteAddress ?? "", nowMs)) return "too often";
    const hash = hashes.get(name);
    // For a name that is nobody's it takes as long: the time tells nobody which names there are.
    const matches = await this.#passwords.matches(password, hash ?? costliest(hashes));
    if (matches === undefined) return "too often";
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
