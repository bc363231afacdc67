/** What a web configuration may say, and what whoever mistyped it hears. */
import { getCiphers } from "node:tls";
import { describe, expect, it } from "vitest";
import { readYaml } from "../../policies/yaml.ts";
import { readWebFile } from "./format.ts";
import { opensslCiphers, suites } from "./go-names.ts";

function problems(text: string): readonly string[] {
  const read = readWebFile(readYaml(text).documents[0]?.value ?? {});
  return "problems" in read ? read.problems.map(({ says }) => says) : [];
}

const files = "cert_file: a.crt, key_file: a.key";
const tls = (more: string) => `tls_server_config: {${files}, ${more}}`;
const hash = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG";

describe("a web configuration", () => {
  it.each([
    "",
    tls("client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt"),
    tls("client_auth_type: RequireClientCert, client_allowed_sans: [a.example]"),
    tls("min_version: TLS13, max_version: TLS13, prefer_server_cipher_suites: false"),
    tls("cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256], curve_preferences: [CurveP256]"),
    "tls_server_config: {cert: x, key: y}",
    `basic_auth_users: {alice: ${hash}, "bob@example.org": ${hash}}`,
    "http_server_config: {http2: false, headers: {X-Frame-Options: deny, X-XSS-Protection: ''}}",
  ])("may say %s", (text) => {
    expect(problems(text)).toEqual([]);
  });

  it.each([
    ["tls_server_conf: {}", "tls_server_conf: unknown field; did you mean tls_server_config?"],
    [
      "tls_server_config: {cert_fil: a, key_file: b, cert_file: a}",
      "tls_server_config.cert_fil: unknown field; did you mean cert_file?",
    ],
    [
      tls("client_auth_type: RequireAndVerify"),
      "tls_server_config.client_auth_type: 'RequireAndVerify'; it takes NoClientCert, RequestClientCert, RequireAnyClientCert, VerifyClientCertIfGiven, RequireAndVerifyClientCert",
    ],
    [
      tls("client_auth_type: RequireAndVerifyClientCerts"),
      "tls_server_config.client_auth_type: 'RequireAndVerifyClientCerts'; did you mean RequireAndVerifyClientCert?",
    ],
    [
      tls("client_auth_type: VerifyClientCertIfGiven"),
      "tls_server_config.client_auth_type: VerifyClientCertIfGiven takes a client_ca_file to verify by",
    ],
    [
      tls("client_ca_file: ca.crt"),
      "tls_server_config.client_ca_file: it is for nothing while client_auth_type is NoClientCert",
    ],
    [
      tls("client_allowed_sans: [a.example], client_auth_type: RequestClientCert"),
      "tls_server_config.client_allowed_sans: it takes a client_auth_type that requires a certificate: RequireAndVerifyClientCert",
    ],
    [
      tls("min_version: TLS10"),
      "tls_server_config.min_version: 'TLS10' is broken and not spoken; the least is TLS12",
    ],
    [
      tls("min_version: TLS13, max_version: TLS12"),
      "tls_server_config.min_version: it is above max_version",
    ],
    [
      tls("cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]"),
      `tls_server_config.cipher_suites[0]: 'TLS_RSA_WITH_RC4_128_SHA'; it takes ${Object.keys(suites).join(", ")}`,
    ],
    ["tls_server_config: {cert_file: a}", "tls_server_config.key_file: it is missing"],
    [tls("cert: x"), "tls_server_config.cert: cert_file says it, too; one of them is enough"],
    ["tls_server_config:", "tls_server_config: it takes a map"],
    [
      "http_server_config: {http2: true}",
      "http_server_config.http2: only HTTP/1.1 is spoken here: say false, or leave it out",
    ],
    [
      "http_server_config: {headers: {X-Frame-Option: deny}}",
      "http_server_config.headers.X-Frame-Option: unknown field; did you mean X-Frame-Options?",
    ],
    [
      'http_server_config: {headers: {X-XSS-Protection: "1\\r\\nset-cookie: a"}}',
      "http_server_config.headers.X-XSS-Protection: no header can be like that",
    ],
    [
      "rate_limit: {interval: 1s, burst: 20}",
      "rate_limit: it is not done here; each sender's own limits are in docs/signals.md",
    ],
    [
      "basic_auth_users: {alice: opensesame}",
      "basic_auth_users.alice: it is no bcrypt hash; htpasswd -nBC 10 NAME makes one",
    ],
    [
      `basic_auth_users: {alice: ${hash.replace("$10$", "$18$")}}`,
      "basic_auth_users.alice: its cost is 18; it takes 4 to 14",
    ],
    [`basic_auth_users: {"a:b": ${hash}}`, 'basic_auth_users["a:b"]: a user\'s name has no colon'],
    ["[]", "it takes a map"],
  ])("%s is refused: %s", (text, why) => {
    expect(problems(text)).toEqual([why]);
  });

  it("tells all that is wrong, and no secret", () => {
    const wrong = "tls_server_config: {cert: 5, key: [hunter2]}\nbasic_auth_users: {a: hunter2}";
    expect(problems(wrong)).toHaveLength(3);
    expect(problems(wrong).join()).not.toContain("hunter2");
  });
});

it("names cipher suites as this OpenSSL does", () => {
  const known = getCiphers().map((name) => name.toUpperCase());
  const missing = Object.values(suites).filter((name) => !known.includes(name.toUpperCase()));
  expect(missing).toEqual([]);
  expect(opensslCiphers(["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"])).toMatch(
    /^TLS_AES_.*:ECDHE-RSA-AES128-GCM-SHA256$/,
  );
});
