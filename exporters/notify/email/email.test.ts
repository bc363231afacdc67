/** Mails, as a real SMTP server takes them and a mail program reads them. */
import { afterEach, describe, expect, it } from "vitest";
import { Authority } from "../../../test/certificates.ts";
import { MailServer, type Refusal } from "../../../test/exporters/mail-server.ts";
import {
  called,
  convergedRecord,
  denied,
  hostile,
  inTime,
  moved,
  settingsOf,
  Trying,
} from "../../../test/exporters/notify-trying.ts";
import type { Outgoing } from "../../record.ts";
import type { Sink } from "../../sink.ts";
import { email } from "./email.ts";

const sinks: Sink[] = [];
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.close();
});

const addresses = {
  host: "127.0.0.1",
  from: "Pahlevan <pahlevan@acme.example>",
  to: "sec@acme.example, ops@acme.example",
};

function start(server: { readonly port: number }, written: Readonly<Record<string, string>> = {}) {
  const around = new Trying();
  const port = String(server.port);
  const settings = settingsOf(email.keys, { ...addresses, port, security: "plain", ...written });
  const sink = email.make(settings, around);
  sinks.push(sink);
  return { around, sink, send: (...batch: Outgoing[]) => sink.send(batch, inTime) };
}

describe("a mail", () => {
  it("tells of an incident in text and HTML", async () => {
    await using server = await MailServer.start();
    await start(server).send(denied(), denied(), moved("Enforcing", "Quarantine"));
    const [mail] = server.mails;
    expect(server.recipients).toEqual([["sec@acme.example", "ops@acme.example"]]);
    expect(mail?.from?.text).toBe('"Pahlevan" <pahlevan@acme.example>');
    expect(mail?.subject).toBe("[Pahlevan] shop/checkout (checkout-policy)");
    expect(mail?.headers.get("auto-submitted")).toBe("auto-generated");
    expect(mail?.headers.get("priority")).toBe("high");
    for (const text of [mail?.text, mail?.html]) {
      expect(text).toContain("[critical] shop/checkout: Quarantine, 2 acts denied");
      expect(text).toContain("2 × deny exec /usr/bin/curl");
      expect(text).toContain("http://prometheus.example/graph?g0.expr=x");
    }
  });

  it("about the same incident is in its thread", async () => {
    await using server = await MailServer.start();
    const { send } = start(server);
    await send(denied());
    await send(moved("Enforcing", "Quarantine"));
    await send(moved("Quarantine", "Enforcing"));
    const [first, second, third] = server.mails;
    expect(first?.messageId).toMatch(/^<pahlevan\.[0-9a-f]{32}@acme\.example>$/);
    expect(first?.inReplyTo).toBeUndefined();
    for (const mail of [second, third]) {
      expect(mail?.inReplyTo).toBe(first?.messageId);
      expect([mail?.references].flat()).toEqual([first?.messageId]);
      expect(mail?.subject).toBe(`Re: ${first?.subject}`);
    }
    expect(new Set(server.mails.map(({ messageId }) => messageId)).size).toBe(3);
  });

  it("is a digest of all that a wait brought, in all their threads", async () => {
    await using server = await MailServer.start();
    const { send } = start(server);
    await send(denied({ workload: "a" }));
    await send(denied({ workload: "b" }));
    const batch = ["a", "b", "c"].map((workload) => moved("Enforcing", "Healing", { workload }));
    await send(...batch, convergedRecord());
    const [a, b, digest] = server.mails;
    expect(server.mails).toHaveLength(3);
    expect(digest?.subject).toBe("Re: [Pahlevan] 3 in trouble");
    expect([digest?.references].flat()).toEqual([a?.messageId, b?.messageId]);
    for (const name of [
      "shop/a: Healing",
      "shop/b: Healing",
      "shop/c: Healing",
      "learning is complete",
    ])
      expect(digest?.text).toContain(name);
  });

  it("may be one for each incident", async () => {
    await using server = await MailServer.start();
    await start(server, { digest: "off" }).send(denied(), denied({ workload: "cart" }));
    expect(server.mails.map(({ subject }) => subject)).toEqual([
      "[Pahlevan] shop/checkout (checkout-policy)",
      "[Pahlevan] shop/cart (checkout-policy)",
    ]);
  });

  it("of a storm names some, and counts the others", async () => {
    await using server = await MailServer.start();
    const storm = Array.from({ length: 441 }, (_, at) => denied({ workload: `w${at}` }));
    await start(server).send(...storm);
    expect(server.mails).toHaveLength(1);
    expect(server.mails[0]?.text).toContain("412 more incidents");
    expect(server.mails[0]?.text).toContain("and 392 more");
  });

  it("goes over the connection that is open", async () => {
    await using server = await MailServer.start();
    const { send } = start(server);
    await send(denied());
    await send(called("page"));
    expect(server.mails).toHaveLength(2);
    expect(server.connections).toBe(1);
  });
});

describe("names that others chose", () => {
  it.each(Object.entries(hostile))("%s are text, and no header", async (_, object) => {
    await using server = await MailServer.start();
    const names = { workload: object, why: object, url: object };
    await start(server).send(
      denied({ object, workload: object }),
      moved("Enforcing", "Healing", names),
    );
    const [mail] = server.mails;
    const html = String(mail?.html);
    const tags = [...html.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, tag]) => tag);
    const ours = ["html", "body", "h2", "table", "tr", "th", "td", "ul", "li", "code", "p"];
    expect(tags.filter((tag) => !ours.includes(tag ?? ""))).toEqual([]);
    expect(mail?.headers.has("bcc")).toBe(false);
    expect(server.recipients).toEqual([["sec@acme.example", "ops@acme.example"]]);
    for (const line of (server.raw[0] ?? "").split("\r\n")) expect(line.length).toBeLessThan(998);
  });
});

describe("what the server refuses", () => {
  it.each([
    [{ at: "data", code: 451, says: "try later" }, "again"],
    [{ at: "data", code: 554, says: "no" }, "smtp_554"],
    [{ at: "recipient", code: 450, says: "greylisted" }, "again"],
    [{ at: "recipient", code: 550, says: "nobody here" }, "smtp_550"],
  ] satisfies [Refusal, string][])("by %j is %s", async (refusal, means) => {
    await using server = await MailServer.start();
    server.refusal = refusal;
    const { send } = start(server);
    const record = denied();
    const report = await send(record);
    expect(report).toMatchObject(
      means === "again"
        ? { sent: 0, again: [record], refused: {} }
        : { sent: 0, again: [], refused: { [means]: 1 } },
    );
    expect(report.why).toContain(refusal.says);
    server.refusal = undefined;
    expect(await send(record)).toMatchObject({ sent: 1 });
  });

  it("is the same mail when it is sent again", async () => {
    await using server = await MailServer.start();
    const { send } = start(server);
    server.refusal = { at: "data", code: 451, says: "later" };
    const { again } = await send(denied());
    server.refusal = undefined;
    await send(...again);
    await using other = await MailServer.start();
    await start(other).send(denied());
    expect(server.mails[0]?.messageId).toBe(other.mails[0]?.messageId);
  });

  it("waits while nobody listens", async () => {
    const server = await MailServer.start();
    const { port } = server;
    await server[Symbol.asyncDispose]();
    const record = denied();
    expect(await start({ port }).send(record)).toMatchObject({ sent: 0, again: [record] });
  });
});

describe("the connection", () => {
  const password = "correct horse";

  it.each(["starttls", "tls"])("is secured by %s, and then has the password", async (security) => {
    using files = new Authority();
    const made = files.vouchesFor("IP:127.0.0.1");
    const secure = security === "tls";
    await using server = await MailServer.start({
      cert: made.cert,
      key: made.key,
      secure,
      authOptional: false,
    });
    const written = { security, username: "pahlevan", password, "ca-file": files.ca.certFile };
    const { send, sink } = start(server, written);
    await send(denied());
    expect(server.users).toEqual([`pahlevan:${password}`]);
    expect(server.secured).toEqual([true]);
    expect(await sink.check(inTime)).toMatch(/nothing was sent/);
    expect(server.mails).toHaveLength(1);
  });

  it("is not made where the server cannot secure it, or is somebody else", async () => {
    await using bare = await MailServer.start();
    expect(await start(bare, { security: "starttls" }).send(denied())).toMatchObject({ sent: 0 });
    expect(bare.mails).toEqual([]);
    using files = new Authority();
    const { cert, key } = files.vouchesFor("IP:127.0.0.1");
    await using stranger = await MailServer.start({ cert, key, secure: true });
    const report = await start(stranger, { security: "tls" }).send(denied());
    expect(report.again).toHaveLength(1);
    expect(report.why).toMatch(/certificate|issuer/);
  });

  it("with a wrong password is refused without saying it", async () => {
    using files = new Authority();
    const made = files.vouchesFor("IP:127.0.0.1");
    await using server = await MailServer.start({ cert: made.cert, key: made.key, secure: true });
    server.refusal = { at: "auth", code: 535, says: "wrong" };
    const written = { security: "tls", username: "u", password, "ca-file": files.ca.certFile };
    const { send, sink } = start(server, written);
    const report = await send(denied());
    expect(report).toMatchObject({ sent: 0, refused: { smtp_535: 1 } });
    expect(report.why).not.toContain(password);
    await expect(sink.check(inTime)).rejects.toThrow("wrong");
  });
});

it.each([
  [{ from: "nobody" }, /^from is/],
  [{ to: "nobody" }, /^to takes/],
  [{ username: "u" }, /go together/],
  [{ username: "u", password: "p" }, /plain connection/],
])("%j do not go together", (written, why) => {
  expect(() => start({ port: 1 }, written)).toThrow(why);
});
