/** Who is believed, and who is not. */
import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { known, knownSecrets } from "../test/receiving.ts";
import { readCredentials, receivers, type Sender } from "./credential-lines.ts";
import { proofOf } from "./credentials.ts";

const seconds = 1_614_265_330;
const nowMs = seconds * 1_000;

/** The name of the secret that it was, as the body proves it. */
function proved(
  sender: Sender,
  headers: Readonly<Record<string, string>>,
  body = "",
  atMs = nowMs,
): string | undefined {
  const proof = proofOf(sender, { headers }, knownSecrets.of(sender, 0), atMs);
  if (proof === undefined) return undefined;
  return "by" in proof ? proof.by.name : proof.signed(Buffer.from(body))?.name;
}

const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

describe("a token or a password", () => {
  it.each([
    [`Bearer ${known.alertmanager}`, "alertmanager 2"],
    [`bearer ${known.alertmanagerNext}`, "alertmanager 1"],
    [basic(`pahlevan:${known.alertmanager}`), "alertmanager 2"],
    [basic(`admin:${known.alertmanager}`), undefined],
    [basic("pahlevan:"), undefined],
    [`Bearer ${known.alertmanager}x`, undefined],
    [`Bearer ${known.alertmanager.slice(0, -1)}`, undefined],
    [`Bearer ${known.datadog}`, undefined],
    [`Digest ${known.alertmanager}`, undefined],
    ["Bearer ", undefined],
    ["", undefined],
  ])("%s is %s's", (authorization, whose) => {
    expect(proved("alertmanager", { authorization })).toBe(whose);
  });

  it("is no proof for a script, which has to sign", () => {
    expect(proved("generic", { authorization: `Bearer ${known.generic}` })).toBeUndefined();
  });

  it("is nobody's where there are no secrets", () => {
    expect(
      proofOf("datadog", { headers: { authorization: "Bearer " } }, [], nowMs),
    ).toBeUndefined();
  });
});

describe("a certificate", () => {
  const lines = (sender: Sender, text: string) => readCredentials(sender, "x", text);
  const by = (sender: Sender, text: string, names?: readonly string[], authorization = "") => {
    const shown = { headers: { authorization }, certificate: names && { names } };
    const proof = proofOf(sender, shown, lines(sender, text), nowMs);
    return proof && "by" in proof ? proof.by.name : undefined;
  };
  const spiffe = "spiffe://example/alertmanager";

  it.each(receivers)("is as good as a secret for %s", (receiver) => {
    const secret = known[receiver];
    const text = `${secret}\ncertificate ${spiffe}\ncertificate  am.example `;
    expect(by(receiver, text, ["x", spiffe])).toBe(`${receiver} 2`);
    expect(by(receiver, text, ["am.example"])).toBe(`${receiver} 3`);
    expect(by(receiver, text, ["am.example.org", "example", "", "certificate"])).toBeUndefined();
    expect(by(receiver, text)).toBeUndefined();
  });

  it("of another name leaves the secret in force", () => {
    const text = `${known.datadog}\ncertificate ${spiffe}`;
    expect(by("datadog", text, ["other"], `Bearer ${known.datadog}`)).toBe("datadog 1");
    expect(by("datadog", `certificate ${spiffe}`, [], `Bearer certificate ${spiffe}`)).toBe(
      undefined,
    );
  });
});

describe("an operator", () => {
  const text = [
    "alice first-secret-of-alice",
    "alice second-secret-of-alice",
    "bob first-secret-of-bob",
    "certificate carol@example.org",
  ].join("\n");
  const who = (authorization: string, names: readonly string[] = []) => {
    const shown = { headers: { authorization }, certificate: { names } };
    const proof = proofOf("operator", shown, readCredentials("operator", "x", text), nowMs);
    return proof && "by" in proof ? proof.by.name : undefined;
  };

  it.each([
    ["Bearer first-secret-of-alice", "alice"],
    ["Bearer second-secret-of-alice", "alice"],
    [basic("bob:first-secret-of-bob"), "bob"],
    [basic("alice:first-secret-of-bob"), undefined],
    [basic("pahlevan:first-secret-of-bob"), undefined],
    ["Bearer alice first-secret-of-alice", undefined],
    ["Bearer alice", undefined],
  ])("by %s is %s", (authorization, name) => {
    expect(who(authorization)).toBe(name);
  });

  it("by a certificate is its name", () => {
    expect(who("", ["DNS", "carol@example.org"])).toBe("carol@example.org");
  });
});

describe("Grafana's signature", () => {
  const sign = (body: string, key: string = known.grafana, at = String(seconds)) => ({
    "x-grafana-alerting-timestamp": at,
    "x-grafana-alerting-signature": createHmac("sha256", key).update(`${at}:${body}`).digest("hex"),
  });

  it("is hex of HMAC-SHA256 over the seconds and the body", () => {
    // By openssl dgst -sha256 -hmac.
    const headers = {
      "x-grafana-alerting-timestamp": "1614265330",
      "x-grafana-alerting-signature":
        "a526a8de8dc56051dc735c4f815bf68335e126216a6b2b8993f0b17d75d6740f",
    };
    expect(proved("grafana", headers, '{"version":"1"}')).toBe("grafana 1");
  });

  it.each([-300, 0, 300])("is taken %d seconds off, and no further", (off) => {
    const headers = sign("{}");
    expect(proved("grafana", headers, "{}", nowMs + off * 1_000)).toBe("grafana 1");
    const further = nowMs + (off + Math.sign(off)) * 1_000;
    if (off !== 0) expect(proved("grafana", headers, "{}", further)).toBeUndefined();
  });

  it("is refused over another body, by another key, and at another time", () => {
    expect(proved("grafana", sign("{}"), "{ }")).toBeUndefined();
    expect(proved("grafana", sign("{}", known.datadog), "{}")).toBeUndefined();
    const moved = { ...sign("{}"), "x-grafana-alerting-timestamp": String(seconds + 1) };
    expect(proved("grafana", moved, "{}")).toBeUndefined();
  });

  it("without its time is refused: it could be sent again for ever", () => {
    const over = createHmac("sha256", known.grafana).update("{}").digest("hex");
    expect(proved("grafana", { "x-grafana-alerting-signature": over }, "{}")).toBeUndefined();
    const { "x-grafana-alerting-signature": signature } = sign("{}", known.grafana, "");
    const empty = { "x-grafana-alerting-signature": signature, "x-grafana-alerting-timestamp": "" };
    expect(proved("grafana", empty, "{}")).toBeUndefined();
  });

  it("that is wrong is not made good by a token", () => {
    const headers = { ...sign("{}"), authorization: `Bearer ${known.grafana}` };
    expect(proved("grafana", headers, "other")).toBeUndefined();
    expect(proved("grafana", { authorization: headers.authorization })).toBe("grafana 1");
  });
});

describe("Standard Webhooks", () => {
  const body = '{"test": 2432232314}';
  /** The specification's own example. */
  const right = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
  const headers = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": String(seconds),
    "webhook-signature": right,
  };

  it("are believed by the specification's example", () => {
    expect(proved("generic", headers, body)).toBe("generic 1");
  });

  it("are believed by one of several signatures", () => {
    const several = `v1a,abc v1,${"A".repeat(43)}= ${right}`;
    expect(proved("generic", { ...headers, "webhook-signature": several }, body)).toBe("generic 1");
  });

  it.each([
    { "webhook-id": "msg_other" },
    { "webhook-id": "" },
    { "webhook-timestamp": String(seconds + 1) },
    { "webhook-timestamp": "1e9" },
    { "webhook-signature": right.replace("v1", "v2") },
    { "webhook-signature": right.slice(3) },
    { "webhook-signature": "" },
    { "webhook-signature": `${"v1,x ".repeat(8)}${right}` },
  ])("are not believed with %j", (other) => {
    expect(proved("generic", { ...headers, ...other }, body)).toBeUndefined();
  });

  it("are not believed with an id that could be read as an id and a time", () => {
    const key = Buffer.from(known.generic.slice("whsec_".length), "base64");
    const over = createHmac("sha256", key).update(`a.1.${seconds}.${body}`).digest("base64");
    const dotted = { ...headers, "webhook-id": "a.1", "webhook-signature": `v1,${over}` };
    expect(proved("generic", dotted, body)).toBeUndefined();
  });

  it("are not believed over another body, nor five minutes later", () => {
    expect(proved("generic", headers, `${body} `)).toBeUndefined();
    expect(proved("generic", headers, body, nowMs + 301_000)).toBeUndefined();
    expect(proved("generic", headers, body, nowMs - 301_000)).toBeUndefined();
  });
});
