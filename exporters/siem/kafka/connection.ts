/** How the brokers are reached: where, by TLS or not, and as whom. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { choice, text } from "@pahlevan/core/settings/values.ts";
import { httpKeys } from "../../delivery/http.ts";
import { onOff, secretSetting, setting, words, type Values } from "../../settings.ts";

const mechanisms = {
  none: undefined,
  plain: "PLAIN",
  "scram-sha-256": "SCRAM-SHA-256",
  "scram-sha-512": "SCRAM-SHA-512",
} as const;

export const connectionKeys = {
  brokers: setting(words("HOST:PORT, separated by commas"), undefined, "Where to ask first."),
  tls: setting(onOff, false, "Whether brokers are spoken to by TLS."),
  "ca-file": httpKeys["ca-file"],
  "cert-file": httpKeys["cert-file"],
  "key-file": httpKeys["key-file"],
  "insecure-skip-verify": httpKeys["insecure-skip-verify"],
  sasl: setting(
    choice("none", "plain", "scram-sha-256", "scram-sha-512"),
    "none",
    "How we prove who we are.",
  ),
  username: setting(text("a name"), "", "As whom."),
  password: secretSetting("By which password.", ""),
};

const hostIn = (broker: string) => broker.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");

/** Throws where the settings do not go together, or a file cannot be read. */
export function connectionOf(settings: Values<typeof connectionKeys>) {
  const { brokers, tls, sasl, username, password } = settings;
  if (brokers.length === 0) throw new Error("brokers: names none");
  for (const broker of brokers)
    if (!/^.+:\d{1,5}$/.test(broker)) throw new Error(`brokers: '${broker}' is no HOST:PORT`);
  const mechanism = mechanisms[sasl];
  if (mechanism !== undefined && (username === "" || password === ""))
    throw new Error(`sasl: ${sasl} takes a username and a password`);
  const file = (name: "ca-file" | "cert-file" | "key-file") =>
    settings[name] === "" ? undefined : readFileSync(settings[name]);
  const [ca, cert, key] = [file("ca-file"), file("cert-file"), file("key-file")];
  const rejectUnauthorized = !settings["insecure-skip-verify"];
  return {
    bootstrapBrokers: [...brokers],
    ...(tls && {
      tls: { rejectUnauthorized, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
      // No address may stand there (RFC 6066), and some brokers behind one address need a name.
      tlsServerName: brokers.every((broker) => isIP(hostIn(broker)) === 0),
    }),
    ...(mechanism && { sasl: { mechanism, username, password } }),
  };
}
