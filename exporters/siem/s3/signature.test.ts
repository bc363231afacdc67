/**
 * The examples that AWS publishes: "Signature Calculations for the Authorization Header" of the
 * Amazon S3 API Reference, and `get-vanilla-query-order-key-case` of the Signature Version 4 suite.
 */
import { describe, expect, it } from "vitest";
import { sha256, signed } from "./signature.ts";

const credentials = {
  accessKey: "AKIAIOSFODNN7EXAMPLE",
  secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  sessionToken: "",
};
const scope = { region: "us-east-1", service: "s3" };
const timeMs = Date.parse("2013-05-24T00:00:00Z");
const bucket = "https://examplebucket.s3.amazonaws.com";
const signatureOf = (headers: Record<string, string>) =>
  headers["authorization"]?.split("Signature=")[1];

describe("AWS' examples", () => {
  it("GET Object, with a range", () => {
    const bodyHash = sha256("");
    const headers = { range: "bytes=0-9", "x-amz-content-sha256": bodyHash };
    const url = new URL(`${bucket}/test.txt`);
    const request = { method: "GET", url, headers, bodyHash, timeMs };
    expect(signed(request, credentials, scope)["authorization"]).toBe(
      "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, " +
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, " +
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    );
  });

  it("PUT Object, with a name that has to be encoded", () => {
    const bodyHash = sha256("Welcome to Amazon S3.");
    const headers = {
      date: "Fri, 24 May 2013 00:00:00 GMT",
      "x-amz-storage-class": "REDUCED_REDUNDANCY",
      "x-amz-content-sha256": bodyHash,
    };
    const url = new URL(`${bucket}/test$file.text`);
    const request = { method: "PUT", url, headers, bodyHash, timeMs };
    expect(signatureOf(signed(request, credentials, scope))).toBe(
      "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    );
  });

  it.each([
    ["lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"],
    ["max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"],
  ])("GET with the query %s", (query, signature) => {
    const bodyHash = sha256("");
    const headers = { "x-amz-content-sha256": bodyHash };
    const url = new URL(`${bucket}/?${query}`);
    const request = { method: "GET", url, headers, bodyHash, timeMs };
    expect(signatureOf(signed(request, credentials, scope))).toBe(signature);
  });

  it("of the suite: a query out of order", () => {
    const url = new URL("https://example.amazonaws.com/?Param2=value2&Param1=value1");
    const at = Date.parse("2015-08-30T12:36:00Z");
    const request = { method: "GET", url, headers: {}, bodyHash: sha256(""), timeMs: at };
    const own = {
      accessKey: "AKIDEXAMPLE",
      secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
      sessionToken: "",
    };
    const headers = signed(request, own, { region: "us-east-1", service: "service" });
    expect(signatureOf(headers)).toBe(
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    );
  });
});

it("signs the token of credentials that are lent", () => {
  const request = {
    ...{ method: "GET", url: new URL(bucket), headers: {}, bodyHash: sha256(""), timeMs },
  };
  const headers = signed(request, { ...credentials, sessionToken: "lent" }, scope);
  expect(headers["x-amz-security-token"]).toBe("lent");
  expect(headers["authorization"]).toContain("SignedHeaders=host;x-amz-date;x-amz-security-token,");
});
