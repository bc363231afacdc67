/**
 * A web configuration file as it is written, in the format that Prometheus' exporters share:
 * https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
 */
import { didYouMean } from "@pahlevan/core/policy/nearest.ts";
import { pathShown, shown } from "@pahlevan/core/policy/shown.ts";
import * as z from "zod";
import { curves, suites } from "./go-names.ts";

const clientAuthTypes = [
  "NoClientCert",
  "RequestClientCert",
  "RequireAnyClientCert",
  "VerifyClientCertIfGiven",
  "RequireAndVerifyClientCert",
] as const;
export type ClientAuthType = (typeof clientAuthTypes)[number];

/** Each more doubles the time: 14 takes some three seconds. */
const cost = { least: 4, most: 14 };

const text = z.string({ error: "it takes a text" }).min(1, "it is empty");
const flag = z.boolean({ error: "it takes true or false" });

function oneOf<const T extends string>(names: readonly T[], why: (input: unknown) => string = no) {
  return z.enum(names, {
    error: ({ input }) => {
      const guess = typeof input === "string" ? didYouMean(input, names) : "";
      const hint = guess === "" ? `; it takes ${names.join(", ")}` : guess;
      return `${shown(input)}${why(input) || hint}`;
    },
  });
}

function no(): string {
  return "";
}

function listOf<T extends z.ZodType>(element: T) {
  return z.array(element, { error: "it takes a list" }).min(1, "it is empty");
}

const version = oneOf(["TLS12", "TLS13"], (input) =>
  /^(?:TLS1[01]|SSL30)$/.test(String(input)) ? " is broken and not spoken; the least is TLS12" : "",
);

const pairs = [
  ["cert", "cert_file"],
  ["key", "key_file"],
  ["client_ca", "client_ca_file"],
] as const;

const isVerified = (type: ClientAuthType) => type.includes("Verif");

const tls = z
  .strictObject(
    {
      cert: text.optional(),
      cert_file: text.optional(),
      key: text.optional(),
      key_file: text.optional(),
      client_ca: text.optional(),
      client_ca_file: text.optional(),
      client_auth_type: z
        // The second is an old name of its; the toolkit takes it, too.
        .preprocess(
          (type) => (type === "RequireClientCert" ? "RequireAnyClientCert" : type),
          oneOf(clientAuthTypes),
        )
        .default("NoClientCert"),
      client_allowed_sans: listOf(text).optional(),
      min_version: version.default("TLS12"),
      max_version: version.default("TLS13"),
      cipher_suites: listOf(oneOf(Object.keys(suites))).optional(),
      prefer_server_cipher_suites: flag.default(true),
      curve_preferences: listOf(oneOf(Object.keys(curves))).optional(),
    },
    { error: "it takes a map" },
  )
  .superRefine((of, context) => {
    const wrong = (field: string, message: string) =>
      context.addIssue({ code: "custom", path: [field], message });
    for (const [inline, file] of pairs) {
      if (of[inline] !== undefined && of[file] !== undefined)
        wrong(inline, `${file} says it, too; one of them is enough`);
    }
    for (const [inline, file] of pairs.slice(0, 2)) {
      if (of[inline] === undefined && of[file] === undefined) wrong(file, "it is missing");
    }
    if (of.min_version > of.max_version) wrong("min_version", "it is above max_version");
    const hasAuthority = of.client_ca !== undefined || of.client_ca_file !== undefined;
    const type = of.client_auth_type;
    if (hasAuthority && type === "NoClientCert")
      wrong("client_ca_file", "it is for nothing while client_auth_type is NoClientCert");
    // Node would take every authority of the web's for one of clients.
    if (!hasAuthority && isVerified(type))
      wrong("client_auth_type", `${type} takes a client_ca_file to verify by`);
    if (of.client_allowed_sans !== undefined && !type.startsWith("Require"))
      wrong(
        "client_allowed_sans",
        "it takes a client_auth_type that requires a certificate: RequireAndVerifyClientCert",
      );
  });

const headerValue = z
  .string({ error: "it takes a text" })
  .regex(/^[\x20-\x7e]*$/, "no header can be like that");

/** Those that the toolkit knows; one that is blank is not set. */
const headers = z.strictObject(
  {
    "Content-Security-Policy": headerValue.optional(),
    "X-Frame-Options": oneOf(["", "deny", "sameorigin"]).optional(),
    "X-Content-Type-Options": oneOf(["", "nosniff"]).optional(),
    "X-XSS-Protection": headerValue.optional(),
    "Strict-Transport-Security": headerValue.optional(),
  },
  { error: "it takes a map" },
);

const http = z.strictObject(
  {
    http2: z.literal(false, { error: "only HTTP/1.1 is spoken here: say false, or leave it out" }),
    headers,
  },
  { error: "it takes a map" },
);

const hash = z.string({ error: "it takes a bcrypt hash" }).superRefine((written, context) => {
  const [, digits] = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(written) ?? [];
  const wrong = (message: string) => context.addIssue({ code: "custom", message });
  if (digits === undefined) wrong("it is no bcrypt hash; htpasswd -nBC 10 NAME makes one");
  else if (Number(digits) < cost.least || Number(digits) > cost.most)
    wrong(`its cost is ${Number(digits)}; it takes ${cost.least} to ${cost.most}`);
});

const userName = z.string().regex(/^[^:\p{C}]{1,256}$/u, "a user's name has no colon");

const file = z.strictObject(
  {
    tls_server_config: tls.optional(),
    http_server_config: http.partial().optional(),
    basic_auth_users: z.record(userName, hash, { error: "it takes a map" }).optional(),
    rate_limit: z
      .never({ error: "it is not done here; each sender's own limits are in docs/signals.md" })
      .optional(),
  },
  { error: "it takes a map" },
);

export type WebFile = z.infer<typeof file>;
export type TlsPart = z.infer<typeof tls>;

/** What may stand where, for who mistyped it. */
const places: Readonly<Record<string, readonly string[]>> = {
  "": Object.keys(file.shape),
  tls_server_config: Object.keys(tls.shape),
  http_server_config: Object.keys(http.shape),
  "http_server_config.headers": Object.keys(headers.shape),
};

export interface Problem {
  readonly path: readonly (string | number)[];
  /** "tls_server_config.cert_fil: unknown field; did you mean 'cert_file'?"; never a secret. */
  readonly says: string;
}

/** Throws nothing: every reason why it is none. */
export function readWebFile(written: unknown): WebFile | { readonly problems: readonly Problem[] } {
  const read = file.safeParse(written);
  if (read.success) return read.data;
  return { problems: read.error.issues.flatMap(problemsOf) };
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
  if (issue.code === "unrecognized_keys") {
    const here = places[pathShown(path)] ?? [];
    return issue.keys.map((key) => {
      const hint = didYouMean(key, here) || `; there are ${here.join(", ")}`;
      return problemAt([...path, key], `unknown field${hint}`);
    });
  }
  if (issue.code === "invalid_key")
    return [problemAt(path, issue.issues[0]?.message ?? issue.message)];
  return [problemAt(path, issue.message)];
}

function problemAt(path: Problem["path"], says: string): Problem {
  const where = pathShown(path);
  return { path, says: where === "" ? says : `${where}: ${says}` };
}
