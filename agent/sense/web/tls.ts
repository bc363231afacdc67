/**
 * From what a web configuration says of TLS, and the files it names, to what the listener takes.
 */
import { X509Certificate } from "node:crypto";
import type { SecureContextOptions } from "node:tls";
import { reasonOf } from "../../store/error.ts";
import type { ClientAuthType, TlsPart } from "./format.ts";
import { opensslCiphers, opensslCurves } from "./go-names.ts";

export interface Tls {
  readonly context: SecureContextOptions;
  readonly clientAuth: ClientAuthType;
  /** Empty: whoever has a certificate that holds. */
  readonly allowedSans: readonly string[];
}

const versions = { TLS12: "TLSv1.2", TLS13: "TLSv1.3" } as const;

/** Throws a sentence that says what cannot be used. */
export function tlsOf(part: TlsPart, contentOf: (file: string) => string): Tls {
  const pem = (inline: string | undefined, file: string | undefined) =>
    inline ?? (file === undefined ? undefined : contentOf(file));
  const cert = pem(part.cert, part.cert_file);
  const key = pem(part.key, part.key_file);
  const ca = pem(part.client_ca, part.client_ca_file);
  expectCertificate(cert, part.cert_file ?? "cert");
  // Of a file without one, OpenSSL makes no authority at all, and says nothing.
  if (ca !== undefined) expectCertificate(ca, part.client_ca_file ?? "client_ca");
  const context: SecureContextOptions = {
    cert,
    key,
    ca,
    minVersion: versions[part.min_version],
    maxVersion: versions[part.max_version],
    honorCipherOrder: part.prefer_server_cipher_suites,
    ...(part.cipher_suites && { ciphers: opensslCiphers(part.cipher_suites) }),
    ...(part.curve_preferences && { ecdhCurve: opensslCurves(part.curve_preferences) }),
  };
  try {
    process.getBuiltinModule("node:tls").createSecureContext(context);
  } catch (error) {
    const of = `${part.key_file ?? "key"} and ${part.cert_file ?? "cert"}`;
    throw new Error(`${of} do not work together: ${reasonOf(error)}`, { cause: error });
  }
  return {
    context,
    clientAuth: part.client_auth_type,
    allowedSans: part.client_allowed_sans ?? [],
  };
}

function expectCertificate(pem: string | undefined, where: string): void {
  try {
    // The first of them.
    if (new X509Certificate(pem ?? "").raw.length > 0) return;
  } catch {
    // Told below.
  }
  throw new Error(`${where} holds no certificate in PEM`);
}
