/** Names that others chose are shown as they are, and do nothing. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostile } from "../../test/exporters/notify-trying.ts";
import { incidentKey } from "./incident.ts";
import { clip, clipLines, plain, webLink } from "./plain.ts";

describe("plain", () => {
  it.each(Object.entries(hostile))("of %s is one line that can be seen", (_, text) => {
    const shown = plain(text, 300);
    expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(shown.isWellFormed()).toBe(true);
    expect(shown.length).toBeLessThanOrEqual(300);
  });

  it("shows what was hidden", () => {
    expect(plain("a\u0000b\u202Ec\nd")).toBe(String.raw`a\u{0}b\u{202e}c d`);
  });

  it("and clip hold their bounds, whatever they are given", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 2, max: 80 }), (text, most) => {
        expect(plain(text, most).length).toBeLessThanOrEqual(most);
        expect(clip(text, most).length).toBeLessThanOrEqual(most);
        expect(clipLines(text.split(/[aeiou ]/), most).length).toBeLessThanOrEqual(most);
      }),
    );
  });
});

describe("a link", () => {
  it.each([
    ["javascript:alert(1)", undefined],
    ["file:///etc/passwd", undefined],
    ["no address", undefined],
    ["https://user:secret@grafana.example/d", "https://grafana.example/d"],
    ["https://[::1]:3000/d?x=1&y=2", "https://[::1]:3000/d?x=1&y=2"],
    ["https://g.example/a|b>c)]", "https://g.example/a%7Cb%3Ec%29%5D"],
    [`https://g.example/${"x".repeat(2_000)}`, undefined],
  ])("made of %s is %s", (text, link) => {
    expect(webLink(text, 1_000)).toBe(link);
  });
});

describe("the key of an incident", () => {
  const place = { cluster: "c", host: "h", namespace: "n", workload: "w", policy: "p" };

  it("fits in 255 characters, and differs where places do", () => {
    const name = fc.string({ unit: "binary", maxLength: 300 });
    const places = fc.record({ cluster: name, namespace: name, workload: name, policy: name });
    fc.assert(
      fc.property(places, places, (one, other) => {
        const keys = [one, other].map((each) => incidentKey({ ...place, ...each }, false));
        for (const key of keys) expect(key).toMatch(/^[\x21-\x7e]{1,255}$/);
        const fields = ["cluster", "namespace", "workload", "policy"] as const;
        const isSame = fields.every((f) => one[f].toWellFormed() === other[f].toWellFormed());
        expect(keys[0] === keys[1]).toBe(isSame);
      }),
    );
  });

  it("takes a slash in a name for no border", () => {
    const keys = [
      incidentKey({ ...place, namespace: "a/b", workload: "c" }, false),
      incidentKey({ ...place, namespace: "a", workload: "b/c" }, false),
    ];
    expect(new Set(keys).size).toBe(2);
  });
});
