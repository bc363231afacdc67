/** Who a client is by its certificate, and whether it may come in. */
import { isIPv6, SocketAddress } from "node:net";
import type { TLSSocket } from "node:tls";
import type { ClientCertificate } from "@pahlevan/signals/credentials.ts";
import type { Tls } from "./tls.ts";

export type Admission =
  /** `certificate` only where an authority of ours vouches for it. */
  { readonly certificate?: ClientCertificate } | "refused";

export function admission(socket: TLSSocket, { clientAuth, allowedSans }: Tls): Admission {
  const given = socket.getPeerX509Certificate();
  const names = given === undefined ? [] : sansIn(given.subjectAltName ?? "");
  if (allowedSans.length > 0 && !names.some((name) => allowedSans.includes(name))) return "refused";
  // A session that goes on without a certificate counts as authorized in older versions of Node.
  const isVerified = socket.authorized && given !== undefined;
  switch (clientAuth) {
    case "NoClientCert":
    case "RequestClientCert":
      return {};
    case "RequireAnyClientCert":
      return given === undefined ? "refused" : {};
    case "VerifyClientCertIfGiven":
      if (given === undefined) return {};
      return isVerified ? { certificate: { names } } : "refused";
    case "RequireAndVerifyClientCert":
      return isVerified ? { certificate: { names } } : "refused";
  }
}

const part = /([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/gy;
const kinds = ["DNS", "IP Address", "email", "URI"];

/**
 * DNS names, addresses, e-mail addresses and URIs of OpenSSL's text as Node gives it: what has a
 * comma or a quotation mark in it is quoted as in JSON, so that no name can look like two.
 */
export function sansIn(text: string): string[] {
  const parts = [...text.matchAll(part)];
  // Where it is not understood to its end, nobody is believed to be anybody.
  if (parts.map(([whole]) => whole).join("") !== text) return [];
  return parts.flatMap(([, kind = "", value = ""]) => (kinds.includes(kind) ? nameIn(value) : []));
}

function nameIn(value: string): string[] {
  // 0:0:0:0:0:0:0:1 is ::1, as everybody else writes it.
  if (isIPv6(value)) return [new SocketAddress({ address: value, family: "ipv6" }).address];
  if (!value.startsWith('"')) return [value];
  try {
    return [String(JSON.parse(value))];
  } catch {
    return [];
  }
}
