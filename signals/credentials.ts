/**
 * Who sent it: by a certificate, a bearer token, a password, or a signature over the body,
 * whichever the sender can. Compared are digests of both sides, so that neither time nor length
 * tells anything.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { CertificateName, Credential, Secret, Sender } from "./credential-lines.ts";

/** A client's, which the listener's authority vouches for. */
export interface ClientCertificate {
  /** Its subject alternative names. */
  readonly names: readonly string[];
}

/** Grafana's own name for the one, and ours for the other, which has none. */
export const grafanaHeaders = {
  signature: "x-grafana-alerting-signature",
  timestamp: "x-grafana-alerting-timestamp",
} as const;

/** A message that is older, or that far ahead, may have been recorded by somebody. */
const toleranceMs = 300_000;

export type Proof =
  /** It has been given, and the body may be read. */
  | { readonly by: Credential }
  /** It is in the headers, and needs the body. */
  | { readonly signed: (body: Buffer) => Secret | undefined }
  | undefined;

export interface Shown {
  readonly headers: IncomingHttpHeaders;
  readonly certificate?: ClientCertificate | undefined;
}

export function proofOf(
  sender: Sender,
  { headers, certificate }: Shown,
  credentials: readonly Credential[],
  nowMs: number,
): Proof {
  const named = certificate && sameName(certificate, credentials);
  if (named !== undefined) return { by: named };
  const secrets = credentials.filter((each) => "key" in each);
  if (sender === "generic") return standardWebhook(headers, secrets, nowMs);
  if (sender === "grafana" && headers[grafanaHeaders.signature] !== undefined) {
    return grafanaSignature(headers, secrets, nowMs);
  }
  const by = sameSecret(presented(headers.authorization), secrets);
  return by && { by };
}

/** The first line that is one of its names. */
function sameName(
  { names }: ClientCertificate,
  credentials: readonly Credential[],
): CertificateName | undefined {
  return credentials.filter((each) => "san" in each).find(({ san }) => names.includes(san));
}

/** The token, or the password, and in whose name; "" is nobody's. */
function presented(authorization = ""): { readonly word: string; readonly user?: string } {
  const [, scheme = "", value = ""] = /^(bearer|basic) +(\S+)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() === "bearer") return { word: value };
  const decoded = Buffer.from(value, "base64").toString();
  const colon = decoded.indexOf(":");
  if (colon < 0) return { word: "" };
  return { user: decoded.slice(0, colon), word: decoded.slice(colon + 1) };
}

function sameSecret(
  { word, user }: ReturnType<typeof presented>,
  secrets: readonly Secret[],
): Secret | undefined {
  const digest = createHash("sha256").update(word).digest();
  return firstOf(
    secrets,
    (secret) => timingSafeEqual(digest, secret.digest) && (user ?? secret.user) === secret.user,
  );
}

/** All are asked: which of them it was takes no different time. */
function firstOf(
  secrets: readonly Secret[],
  isIt: (secret: Secret) => boolean,
): Secret | undefined {
  return secrets.filter(isIt)[0];
}

function sameText(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** Hex of HMAC-SHA256 over "seconds:body". Without the seconds it could be sent again for ever. */
function grafanaSignature(
  headers: IncomingHttpHeaders,
  secrets: readonly Secret[],
  nowMs: number,
): Proof {
  const seconds = single(headers[grafanaHeaders.timestamp]);
  const signature = single(headers[grafanaHeaders.signature]);
  if (!isNow(seconds, nowMs)) return undefined;
  return {
    signed: (body) =>
      firstOf(secrets, ({ key }) => {
        const ours = createHmac("sha256", key).update(`${seconds}:`).update(body).digest("hex");
        return sameText(signature, ours);
      }),
  };
}

/** Several signatures while the sender changes its key: one that is right is enough. */
const mostSignatures = 8;

/** "v1," and base64 of HMAC-SHA256 over "id.seconds.body". */
function standardWebhook(
  headers: IncomingHttpHeaders,
  secrets: readonly Secret[],
  nowMs: number,
): Proof {
  const id = messageIdOf(headers);
  const seconds = single(headers["webhook-timestamp"]);
  const signatures = single(headers["webhook-signature"]).split(" ").slice(0, mostSignatures);
  if (id === "" || !isNow(seconds, nowMs)) return undefined;
  return {
    signed: (body) =>
      firstOf(secrets, ({ key }) => {
        const hmac = createHmac("sha256", key).update(`${id}.${seconds}.`).update(body);
        const ours = `v1,${hmac.digest("base64")}`;
        return signatures.filter((each) => sameText(each, ours)).length > 0;
      }),
  };
}

/** Of Standard Webhooks: the same each time that a message is sent. "" where there is none. */
export function messageIdOf(headers: IncomingHttpHeaders): string {
  const id = single(headers["webhook-id"]);
  return /^[\x21-\x7e]{1,256}$/.test(id) && !id.includes(".") ? id : "";
}

function single(header: string | readonly string[] | undefined): string {
  return typeof header === "string" ? header : "";
}

function isNow(seconds: string, nowMs: number): boolean {
  return /^\d{1,12}$/.test(seconds) && Math.abs(nowMs - Number(seconds) * 1_000) <= toleranceMs;
}
