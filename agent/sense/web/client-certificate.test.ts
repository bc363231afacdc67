/** Names in certificates, also in those that somebody made to look like another's. */
import { X509Certificate } from "node:crypto";
import { afterAll, expect, it } from "vitest";
import { Authority } from "../../../test/certificates.ts";
import { sansIn } from "./client-certificate.ts";

const authority = new Authority();
afterAll(() => authority[Symbol.dispose]());

it.each([
  [
    ["DNS:a.example", "IP:10.0.0.1", "IP:::1"],
    ["a.example", "10.0.0.1", "::1"],
  ],
  [
    ["URI:spiffe://a/b", "email:a@b.example"],
    ["spiffe://a/b", "a@b.example"],
  ],
  [["RID:1.2.3", "DNS:a.example", "otherName:1.2.3.4;UTF8:DNS:x"], ["a.example"]],
  [["URI:http://x/, DNS:admin.example"], ["http://x/, DNS:admin.example"]],
  [
    ['URI:a\\", DNS:admin.example', "DNS:b"],
    ['a", DNS:admin.example', "b"],
  ],
])("of %j are told", (sans, names) => {
  const { subjectAltName = "" } = new X509Certificate(authority.vouchesFor(...sans).cert);
  expect(sansIn(subjectAltName)).toEqual(names);
});

it.each([
  ["", []],
  ['URI:"http://x/, DNS:admin.example", DNS:b', ["http://x/, DNS:admin.example", "b"]],
  ['URI:"a\\", DNS:admin.example"', ['a", DNS:admin.example']],
  ['DNS:a, URI:"no end, DNS:admin.example', []],
  ['DNS:"\\u00zz"', []],
  ["DNS:a, DNS", []],
  ["DirName:CN = DNS:x", []],
])("in %j are %j", (text, names) => {
  expect(sansIn(text)).toEqual(names);
});
