/** Ids of paths: alike only where the kernel sees the same. */
import { expect, test } from "vitest";
import { pathBytes } from "./path-bytes.ts";
import { namesOf, PathIds } from "./path-id.ts";
import { SipHash } from "./siphash.ts";

const secret = Uint8Array.from({ length: 16 }, (_, index) => index * 7);
const ids = new PathIds(secret);
const hex = (id: Uint8Array) => Buffer.from(id).toString("hex");

/** By hand: words as 64-bit numbers. */
function hashed(...words: readonly bigint[]): string {
  const sip = new SipHash(secret);
  sip.start();
  for (const word of words) sip.word(Number(word & 0xffff_ffffn), Number(word >> 32n));
  return hex(sip.end());
}

test("each name is its length, then its bytes by eight", () => {
  const name = Buffer.from("longer-name").toString("latin1");
  expect(hex(ids.ofPath(`/ab/${name}`))).toBe(
    hashed(2n, 0x6261n, 11n, word("longer-n"), word("ame")),
  );
});

test("the root has no names", () => {
  expect(hex(ids.ofPath("/"))).toBe(hashed());
  expect(namesOf("/")).toEqual([]);
});

test("of a wildcard its head and its tail, each filled up by itself", () => {
  expect(hex(ids.ofNames([["var"], ["app-", ".log"]]))).toBe(
    hashed(3n, word("var"), (1n << 63n) | (4n << 8n) | 4n, word("app-"), word(".log")),
  );
  expect(hex(ids.ofNames([["", ""]]))).toBe(hashed(1n << 63n));
});

test("a socket is its family and its whole path", () => {
  expect(hex(ids.ofSocket("/run/a"))).toBe(hashed(1n, 6n, word("/run/a")));
});

test("where one name ends matters, and so does the secret", () => {
  expect(hex(ids.ofPath("/ab/c"))).not.toBe(hex(ids.ofPath("/a/bc")));
  expect(hex(ids.ofPath("/a"))).not.toBe(hex(ids.ofPath("/a\0")));
  expect(hex(new PathIds(new Uint8Array(16)).ofPath("/a"))).not.toBe(hex(ids.ofPath("/a")));
});

test("bytes that are no UTF-8 are themselves again, and everything else is UTF-8", () => {
  expect([...pathBytes("a\udcff\udc80é😀")]).toEqual([
    ...[0x61, 0xff, 0x80],
    ...Buffer.from("é😀"),
  ]);
  expect(hex(ids.ofPath("/\udcff"))).toBe(hashed(1n, 0xffn));
});

function word(text: string): bigint {
  return Buffer.from(text.padEnd(8, "\0"), "latin1").readBigUInt64LE();
}
