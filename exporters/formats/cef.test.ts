import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { examples } from "../examples.ts";
import { cef } from "./cef.ts";

const origin = { host: "node-1", cluster: "prod", version: "0.1.0" };
const time = "2026-11-22T14:03:07.123456789Z";
const [decision, firstSeen, transition] = examples(time);

/** What a strict reader makes of a line: it throws on what the standard does not allow. */
function parsed(text: string): { header: string[]; extension: Record<string, string> } {
  const header: string[] = [];
  let at = 0;
  let part = "";
  while (header.length < 7) {
    const sign = text[at++];
    if (sign === undefined || sign === "\n" || sign === "\r") throw new Error("a header is cut");
    if (sign === "|") {
      header.push(part);
      part = "";
    } else if (sign === "\\") {
      const escaped = text[at++] ?? "";
      if (!"\\|".includes(escaped)) throw new Error(`\\${escaped} in a header`);
      part += escaped;
    } else part += sign;
  }
  const extension: Record<string, string> = {};
  const rest = text.slice(at);
  if (/[\n\r]/.test(rest)) throw new Error("a line's end in an extension");
  // A key begins the text, or follows a space; the = after it is the only one without a \ before.
  const pairs = [...rest.matchAll(/(?:^| )([A-Za-z0-9]+)=((?:\\.|[^\\=])*)(?= [A-Za-z0-9]+=|$)/g)];
  if (pairs.map(([pair]) => pair).join("") !== rest) throw new Error(`not pairs: ${rest}`);
  for (const [, key = "", value = ""] of pairs) {
    if (key in extension) throw new Error(`${key} is there twice`);
    extension[key] = value.replaceAll(/\\(.)/g, (_, sign: string) => {
      const meant = { "\\": "\\", "=": "=", n: "\n", r: "\r" }[sign];
      if (meant === undefined) throw new Error(`\\${sign} in an extension`);
      return meant;
    });
  }
  return { header, extension };
}

describe("a record in CEF", () => {
  it("names the vendor, what happened and how grave it is in its header", () => {
    const { header } = parsed(cef(decision!, origin));
    const signature = "pahlevan.decision.exec";
    expect(header).toEqual([
      ...["CEF:0", "Pahlevan", "Pahlevan", "0.1.0", signature, "exec denied", "8"],
    ]);
  });

  it("tells who did what to what by the dictionary's keys", () => {
    const { extension } = parsed(cef(decision!, origin));
    expect(extension).toMatchObject({
      rt: String(Date.parse(time)),
      externalId: "example-1",
      act: "deny",
      dvchost: "node-1",
      shost: "checkout-7d9f8-x2x4z",
      sproc: "/bin/sh",
      ...{ spid: "4242", suid: "1000" },
      ...{ fname: "curl", filePath: "/usr/bin/curl" },
      ...{ cs1: "shop", cs1Label: "namespace", cs2: "checkout", cs2Label: "workload" },
      ...{ cs3: "checkout-policy", cs3Label: "policy", cs6: "prod", cs6Label: "cluster" },
    });
  });

  it("takes a connection's peer for the destination, and no field without a value", () => {
    const { extension } = parsed(cef(firstSeen!, origin));
    expect(extension).toMatchObject({ dst: "203.0.113.9", dpt: "443" });
    expect(Object.keys(extension)).not.toContain("cs3Label");
  });

  it("keeps an IPv6 peer out of the fields for IPv4", () => {
    const detail = { remote: { address: "2001:db8::9", port: 443 } };
    const { extension } = parsed(cef({ ...firstSeen!, ...{ detail } }, origin));
    expect(extension).toMatchObject({ c6a3: "2001:db8::9", c6a3Label: "destination" });
    expect(extension).not.toHaveProperty("dst");
  });

  it("names the phase that a policy went to", () => {
    const { header, extension } = parsed(cef(transition!, origin));
    expect(header.slice(4)).toEqual([
      ...["pahlevan.loop.transition", "policy went to Quarantine", "10"],
    ]);
    expect(extension).toMatchObject({ act: "Quarantine", reason: "the burst reads as an attack" });
  });

  it.each([
    ["|", "="],
    ["\\", "\\="],
    ["\n", "\r\n"],
    [" act=allow", "\nCEF:0|Other|Product|1|1|1|1|"],
    ["\\n", "a\\"],
  ])("lets %j and %j neither end a value nor begin another", (one, other) => {
    const object = `/tmp/${one}${other}x`;
    const { header, extension } = parsed(
      cef(
        { ...decision!, ...{ object, kind: "exec", reason: other } },
        { ...origin, version: one },
      ),
    );
    expect(extension).toMatchObject({ filePath: object, act: "deny", reason: other });
    expect(header[3]).toBe(one.replaceAll(/[\r\n]+/g, " "));
  });

  it("is read back whole, whatever a workload calls its files", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 300, unit: "binary" }), (name) => {
        const object = `/x${name}x`;
        const { extension } = parsed(cef({ ...decision!, ...{ object, kind: "exec" } }, origin));
        return extension["filePath"] === object;
      }),
    );
  });

  it("cuts what is longer than its field, between characters", () => {
    const long = "é😀".repeat(2_000);
    const { extension } = parsed(cef({ ...decision!, ...{ reason: long } }, origin));
    expect(extension["reason"]?.length).toBeLessThanOrEqual(1_023);
    expect(Buffer.from(extension["reason"] ?? "").toString()).toBe(extension["reason"]);
  });
});
