/** What a sender's file says, line by line: secrets, and names of certificates. */
import { createHash } from "node:crypto";

export const receivers = ["alertmanager", "grafana", "datadog", "generic"] as const;
export type ReceiverName = (typeof receivers)[number];
/** Those who move loops themselves, and those who only look at them. */
export const people = ["operator", "viewer"] as const;
/** Whoever has credentials. */
export const senders = [...receivers, ...people] as const;
export type Sender = (typeof senders)[number];

export function arePeople(sender: Sender): sender is (typeof people)[number] {
  return people.some((each) => each === sender);
}

/** In whose name a receiver's password is sent. */
export const basicUser = "pahlevan";

export interface Secret {
  /** For counts and messages: "grafana 1"; of people, who it is. */
  readonly name: string;
  /** As it is written; a key of Standard Webhooks is what its base64 holds. */
  readonly key: Buffer;
  readonly digest: Buffer;
  /** In whose name it is sent as a password. */
  readonly user: string;
}

/** Of a client's certificate that the listener's authority vouches for. */
export interface CertificateName {
  readonly name: string;
  /** One of its subject alternative names, whole. */
  readonly san: string;
}

export type Credential = Secret | CertificateName;

/** What is wrong with a secret, and never the secret. */
export class SecretError extends Error {}

/** Two of each, while one replaces the other. */
const live = 2;
/** Of each kind. */
export const mostPeople = 32;
const shortest = 16;
/** Standard Webhooks: from 24 to 64 bytes. */
const keyBytes = { fewest: 24, most: 64 };
const aboutCertificates = /^certificate\s+(\S.*)$/;

export function readCredentials(sender: Sender, place: string, text: string): Credential[] {
  const lines = text
    .split("\n")
    .map((line, at) => ({ word: line.trim(), at: at + 1 }))
    .filter(({ word }) => word !== "");
  if (lines.length === 0 && !arePeople(sender)) throw new SecretError(`${place} is empty`);
  const credentials = lines.map(({ word, at }) => {
    const [, san] = aboutCertificates.exec(word) ?? [];
    if (san !== undefined) return { name: san, san };
    const read = arePeople(sender) ? personalSecret(word) : secretOf(sender, word);
    if (typeof read === "string") throw new SecretError(`${place}, line ${at}: ${read}`);
    return read;
  });
  expectFew(sender, place, credentials);
  if (arePeople(sender)) return credentials;
  return credentials.map((each, at) => ({ ...each, name: `${sender} ${at + 1}` }));
}

function expectFew(sender: Sender, place: string, credentials: readonly Credential[]): void {
  const most = arePeople(sender) ? live * mostPeople : 2 * live;
  if (credentials.length > most)
    throw new SecretError(`${place} has ${credentials.length} lines; it takes ${most}`);
  const kinds = Map.groupBy(credentials, (each) => {
    if ("san" in each) return arePeople(sender) ? each.san : "certificates";
    return arePeople(sender) ? `secrets of ${each.name}` : "secrets";
  });
  for (const [kind, { length }] of kinds)
    if (length > live)
      throw new SecretError(`${place} has ${length} ${kind}; ${live} may be live at a time`);
}

function personalSecret(line: string): Secret | string {
  const [name = "", word = "", ...more] = line.split(/\s+/);
  if (word === "" || more.length > 0)
    return "it takes a name and a secret, or certificate and a name";
  if (!/^[\w.@-]{1,64}$/.test(name)) return "a name has letters, digits and . _ @ - only";
  const key = plainKey(word);
  return typeof key === "string" ? key : { name, key, digest: digestOf(word), user: name };
}

function secretOf(receiver: ReceiverName, word: string): Secret | string {
  const key = receiver === "generic" ? standardKey(word) : plainKey(word);
  if (typeof key === "string") return key;
  return { name: receiver, key, digest: digestOf(word), user: basicUser };
}

function digestOf(word: string): Buffer {
  return createHash("sha256").update(word).digest();
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
