/** SipHash against the vectors of its authors, for which words are filled up as they say. */
import { expect, test } from "vitest";
import { SipHash } from "./siphash.ts";

/** The reference's: its bytes in eights, then what is left with the length in the last byte. */
function standard(input: Uint8Array): string {
  const sip = new SipHash(Uint8Array.from({ length: 16 }, (_, index) => index));
  const padded = Buffer.alloc((input.length & ~7) + 8);
  padded.set(input);
  padded[padded.length - 1] = input.length;
  sip.start();
  for (let at = 0; at < padded.length; at += 8)
    sip.word(padded.readUInt32LE(at), padded.readUInt32LE(at + 4));
  return Buffer.from(sip.end()).toString("hex");
}

// github.com/veorq/SipHash, vectors.h (vectors_sip128): the key 00 … 0f, the input 00, 01, ….
test.each([
  [0, "a3817f04ba25a8e66df67214c7550293"],
  [1, "da87c1d86b99af44347659119b22fc45"],
  [7, "a1f1ebbed8dbc153c0b84aa61ff08239"],
  [8, "3b62a9ba6258f5610f83e264f31497b4"],
  [15, "5493e99933b0a8117e08ec0f97cfc3d9"],
  [16, "6ee2a4ca67b054bbfd3315bf85230577"],
  [63, "5150d1772f50834a503e069a973fbd7c"],
])("%i bytes have the published hash", (length, hash) => {
  expect(standard(Uint8Array.from({ length }, (_, index) => index))).toBe(hash);
});

test("one hash begins where the other did", () => {
  const sip = new SipHash(new Uint8Array(16).fill(0xff));
  const once = () => {
    sip.start();
    sip.word(-1, 0xffff_ffff);
    return sip.end();
  };
  expect(once()).toEqual(once());
});

test("a secret of another length is refused", () => {
  expect(() => new SipHash(new Uint8Array(8))).toThrow("a secret has 16 bytes, not 8");
});
