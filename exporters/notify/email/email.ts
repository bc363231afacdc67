/** The sink `email`: a digest of incidents by mail. */
import { readFileSync } from "node:fs";
import { createTransport } from "nodemailer";
import { choice, count, duration, text } from "@pahlevan/core/settings/values.ts";
import { onOff, secretSetting, setting, words, type Values } from "../../settings.ts";
import type { SinkKind } from "../../sink.ts";
import { Notifier } from "../notifier.ts";
import { notifyBatch, notifyKeys } from "../settings.ts";
import { notifyEvents } from "../sink-parts.ts";
import { Mails } from "./teller.ts";

const keys = {
  host: setting(text("a host's name"), undefined, "The mail server."),
  port: setting(count(1, 65_535), 587, "587 for starttls, 465 for tls, 25 for plain, mostly."),
  security: setting(
    choice("starttls", "tls", "plain"),
    "starttls",
    "How the connection is secured. starttls: never without.",
  ),
  username: setting(text("a name"), "", "Where the server asks for one."),
  password: secretSetting("Its password.", ""),
  from: setting(text("an address"), undefined, "Who writes: pahlevan@example.org."),
  to: setting(words("addresses, separated by commas"), undefined, "Who reads."),
  tag: setting(text("a few words"), "[Pahlevan]", "At the beginning of each subject."),
  digest: setting(onOff, true, "One mail for all of a wait, or one for each incident."),
  "helo-name": setting(text("a host's name"), "", "What we call ourselves. Empty: the host."),
  timeout: setting(duration(100, 300_000), 30_000, "How long an answer may take."),
  "ca-file": setting(
    text("a file"),
    "",
    "Who signed the server's certificate. Empty: who Node trusts.",
  ),
  "insecure-skip-verify": setting(onOff, false, "Whether any certificate will do. For a test."),
  ...notifyKeys({ groupWaitMs: 60_000, repeatMs: 900_000, mostPerMinute: 30 }),
};

export const email = {
  type: "email",
  says: "A digest of incidents by mail, a thread each.",
  keys,
  events: notifyEvents,
  metrics: false,
  batch: notifyBatch,
  make(settings, around) {
    const { from, to, tag, digest, host } = settings;
    const [, domain = ""] = /@([\w.-]+)>?$/.exec(from) ?? [];
    if (domain === "") throw new Error(`from is '${from}'; it takes an address`);
    if (to.length === 0 || to.some((address) => !/^\S.*@[\w.-]+>?$/.test(address)))
      throw new Error("to takes addresses, separated by commas");
    if (host === "") throw new Error("host is empty");
    if ((settings.username === "") !== (settings.password === ""))
      throw new Error("username and password go together");
    if (settings.security === "plain" && settings.password !== "")
      throw new Error("a password is not sent over a plain connection");
    const mailer = createTransport(transport(settings, around.host));
    const post = { from, to, tag, digest, domain };
    return new Notifier(settings, new Mails(mailer, post, around.complain), around);
  },
} satisfies SinkKind<typeof keys>;

function transport(settings: Values<typeof keys>, hostName: string) {
  const { host, port, security, username, password, timeout } = settings;
  const name = settings["helo-name"] || hostName;
  return {
    host,
    port,
    pool: true,
    maxConnections: 1,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "plain",
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    ...(name !== "" && { name }),
    ...(username !== "" && { auth: { user: username, pass: password } }),
    tls: {
      rejectUnauthorized: !settings["insecure-skip-verify"],
      ...(settings["ca-file"] !== "" && { ca: readFileSync(settings["ca-file"]) }),
    },
  } as const;
}
