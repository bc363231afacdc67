/** AWS Signature Version 4: a request that only who knows the secret key can have made. */
import { createHash, createHmac } from "node:crypto";

export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Of credentials that are lent for a while; else empty. */
  readonly sessionToken: string;
}

export interface Scope {
  readonly region: string;
  readonly service: string;
}

export interface ToSign {
  readonly method: string;
  readonly url: URL;
  /** Signed with it: what must not be changed on the way. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body, in hexadecimal digits. */
  readonly bodyHash: string;
  readonly timeMs: number;
}

/** All headers of the request: those given, the time, the host, and the signature. */
export function signed(request: ToSign, credentials: Credentials, scope: Scope) {
  const stamp = new Date(request.timeMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const { sessionToken } = credentials;
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.url.host,
    "x-amz-date": stamp,
    ...(sessionToken !== "" && { "x-amz-security-token": sessionToken }),
  };
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  const signedNames = names.toSorted().join(";");
  const canonical = [
    request.method,
    pathOf(request.url),
    queryOf(request.url),
    ...canonicalHeaders(headers),
    "",
    signedNames,
    request.bodyHash,
  ].join("\n");
  const day = stamp.slice(0, 8);
  const where = `${day}/${scope.region}/${scope.service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", stamp, where, sha256(canonical)].join("\n");
  // A key of the day, the region and the service: what leaks of it is soon of no use.
  let key: Buffer = Buffer.from(`AWS4${credentials.secretKey}`);
  for (const part of [day, scope.region, scope.service, "aws4_request"]) key = hmac(key, part);
  const signature = hmac(key, toSign).toString("hex");
  const credential = `Credential=${credentials.accessKey}/${where}`;
  headers["authorization"] =
    `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${signedNames}, Signature=${signature}`;
  return headers;
}

export function sha256(body: string | Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}

/** Everything but the unreserved characters of RFC 3986, which encodeURIComponent does not do. */
export function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function canonicalHeaders(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim().replaceAll(/ +/g, " ")] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}:${value}`);
}

/** Each part encoded once: S3 alone takes it so, and we speak to nobody else. */
function pathOf({ pathname }: URL): string {
  return pathname
    .split("/")
    .map((part) => encoded(decodeURIComponent(part)))
    .join("/");
}

function queryOf({ searchParams }: URL): string {
  return [...searchParams]
    .map(([name, value]) => [encoded(name), encoded(value)] as const)
    .toSorted(([name, value], [other, otherValue]) =>
      (name === other ? value < otherValue : name < other) ? -1 : 1,
    )
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
