/** A real mail server takes our mails, delivers them, and refuses as mail servers do. */
import { simpleParser } from "mailparser";
import { describe, expect, it } from "vitest";
import { email } from "@pahlevan/exporters/notify/email/email.ts";
import { Authority } from "../../certificates.ts";
import { denied, inTime, moved, settingsOf, Trying } from "../../exporters/notify-trying.ts";
import { Exim, eximMissing } from "./exim.ts";

function sinkFor(exim: Exim, to: string, caFile: string) {
  const written = {
    ...{ host: "127.0.0.1", from: "pahlevan@acme.example", to, "ca-file": caFile },
    ...{ port: String(exim.port), "helo-name": "node-1.acme.example" },
  };
  return email.make(settingsOf(email.keys, written), new Trying());
}

describe.skipIf(eximMissing !== undefined)(`Exim (${eximMissing ?? "it is there"})`, () => {
  it("delivers a thread of mails that came over TLS", async () => {
    using authority = new Authority();
    await using exim = await Exim.start(authority.vouchesFor("IP:127.0.0.1"));
    const sink = sinkFor(exim, "sec@acme.example", authority.ca.certFile);
    expect(await sink.check(inTime)).toMatch(/nothing was sent/);
    expect(await sink.send([denied()], inTime)).toMatchObject({ sent: 1 });
    await expect.poll(() => exim.mailbox()).toContain("1 act denied");
    expect(await sink.send([moved("Enforcing", "Quarantine")], inTime)).toMatchObject({ sent: 1 });
    await expect.poll(() => exim.mailbox()).toContain("In-Reply-To");
    await sink.close();
    const texts = exim
      .mailbox()
      .split(/^From .*\n/m)
      .slice(1);
    const [first, second] = await Promise.all(texts.map((text) => simpleParser(text)));
    expect(second?.inReplyTo).toBe(first?.messageId);
    expect(second?.text).toContain("[critical] shop/checkout: Quarantine, 1 act denied");
    expect(second?.html).toContain("<code>1 × deny exec /usr/bin/curl</code>");
    // Exim's own note of how it came.
    expect(texts[0]).toMatch(/with esmtps\b.*TLS1/is);
  });

  it.each([
    ["nobody@acme.example", { refused: { smtp_550: 1 }, again: [] }],
    ["sec@elsewhere.example", { refused: { smtp_550: 1 }, again: [] }],
    ["later@acme.example", { refused: {} }],
  ])("says what is to become of a mail to %s", async (to, report) => {
    using authority = new Authority();
    await using exim = await Exim.start(authority.vouchesFor("IP:127.0.0.1"));
    const sink = sinkFor(exim, to, authority.ca.certFile);
    const told = await sink.send([denied()], inTime);
    await sink.close();
    expect(told).toMatchObject({ sent: 0, ...report });
    expect(told.again.length + Object.keys(told.refused).length).toBe(1);
  });
});
