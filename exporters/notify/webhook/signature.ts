/** What we send is signed: https://github.com/standard-webhooks/standard-webhooks */
import { createHmac } from "node:crypto";

/** Two live ones, while the one replaces the other. */
const live = 2;
const keyBytes = { fewest: 24, most: 64 };

/** `whsec_` and base64, one or two. Throws without repeating one. */
export function signingKeys(written: string): readonly Buffer[] {
  const secrets = written.split(/[\s,]+/).filter((each) => each !== "");
  if (secrets.length > live)
    throw new Error(`secret has ${secrets.length} keys; ${live} may be live at a time`);
  return secrets.map((secret) => {
    const [, base64 = ""] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
    const key = Buffer.from(base64, "base64");
    if (key.length < keyBytes.fewest || key.length > keyBytes.most)
      throw new Error("secret takes whsec_ and base64 of 24 to 64 bytes, one or two of them");
    return key;
  });
}

/** `id` is the message's, the same in each attempt; the time is the attempt's. */
export function signedHeaders(
  keys: readonly Buffer[],
  id: string,
  nowMs: number,
  body: string,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signatures = keys.map((key) => {
    const mac = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`);
    return `v1,${mac.digest("base64")}`;
  });
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    ...(signatures.length > 0 && { "webhook-signature": signatures.join(" ") }),
  };
}
