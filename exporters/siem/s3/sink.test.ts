import { gunzipSync } from "node:zlib";
import { parquetReadObjects } from "hyparquet";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HttpPeerServer } from "../../../test/http-peer.ts";
import { aroundOf, settingsOf } from "../../../test/exporters/settings-of.ts";
import { examples } from "../../examples.ts";
import { Outgoing } from "../../record.ts";
import { urlOf } from "./bucket.ts";
import { s3 } from "./sink.ts";

const around = aroundOf();

const time = "2026-11-22T14:03:07.123456789Z";
const never = new AbortController().signal;
const lines = examples(time);
const records = () => lines.map((line) => Outgoing.of(line));
const secrets = { "access-key": "AKEY", "secret-key": "SKEY", "session-token": "TOKEN" };

describe("a bucket", () => {
  let peer: HttpPeerServer;
  beforeEach(async () => (peer = await HttpPeerServer.start()));
  afterEach(() => peer[Symbol.asyncDispose]());

  const sink = (settings: Readonly<Record<string, string>> = {}) =>
    s3.make(
      settingsOf(s3.keys, {
        ...{ url: peer.url, bucket: "siem", "path-style": "on", ...secrets, ...settings },
      }),
      around,
    );

  it("gets a batch as one object of lines, by day and hour", async () => {
    expect(await sink().send(records(), never)).toEqual({ sent: 6, again: [], refused: {} });
    expect(peer.asked).toHaveLength(1);
    const [{ method, path, headers, body }] = [peer.asked[0]!];
    expect(method).toBe("PUT");
    expect(path).toMatch(
      /^\/siem\/pahlevan\/dt%3D2026-11-22\/hour%3D14\/node-1-example-1-6-[\da-f]{12}\.ndjson\.gz$/,
    );
    expect(headers["authorization"]).toContain("/us-east-1/s3/aws4_request, SignedHeaders=");
    const said: unknown[] = gunzipSync(body)
      .toString()
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(said).toEqual(lines.map((line) => ({ ...line, host: "node-1", cluster: "west" })));
  });

  it("gets the same batch under the same name, and another under another", async () => {
    const one = sink();
    await one.send(records(), never);
    await one.send(records(), never);
    await one.send(records().slice(0, 5), never);
    const [first, second, third] = peer.asked;
    expect(second).toMatchObject({ path: first?.path, body: first?.body });
    expect(third?.path).not.toBe(first?.path);
  });

  it("gets Parquet that a reader finds columns and whole records in", async () => {
    await sink({ file: "parquet" }).send(records(), never);
    const { path, body } = peer.asked[0]!;
    expect(path).toMatch(/\.parquet$/);
    const file = new Uint8Array(body).buffer;
    const rows = await parquetReadObjects({ file });
    expect(rows).toHaveLength(6);
    expect(rows[0]).toMatchObject({
      ...{ id: "example-1", sort: "decision", severity: "error", namespace: "shop" },
      ...{ action: "deny", exe: "/bin/sh", pid: 4242n, uid: 1000n, host: "node-1" },
      time: new Date("2026-11-22T14:03:07.123Z"),
    });
    expect(rows[2]).toMatchObject({ event: "pahlevan.loop.transition", action: null, pid: null });
    expect(rows.map(({ record }): unknown => record)).toEqual(
      lines.map((line) => ({ ...line, host: "node-1", cluster: "west" })),
    );
  });

  it("keeps records while it cannot be written to, whoever is to blame", async () => {
    const code = (name: string) => `<Error><Code>${name}</Code><Message>m</Message></Error>`;
    for (const [status, name] of [
      [403, "ExpiredToken"],
      [404, "NoSuchBucket"],
      [301, "PermanentRedirect"],
      [503, "SlowDown"],
    ] as const) {
      peer.answer = () => ({ status, body: code(name), headers: { "retry-after": "7" } });
      expect(await sink().send(records(), never)).toEqual({
        ...{ sent: 0, again: records(), refused: {}, afterMs: 7_000 },
        why: `it answers ${status}, ${name}: m`,
      });
    }
    peer.answer = () => "cut";
    await expect(sink().send(records(), never)).rejects.toThrow("socket hang up");
  });

  it("gives up on an object that is too large", async () => {
    peer.answer = () => ({ status: 400, body: "<Error><Code>EntityTooLarge</Code></Error>" });
    const report = await sink().send(records(), never);
    expect(report).toMatchObject({ sent: 0, again: [], refused: { EntityTooLarge: 6 } });
  });

  it("never repeats a token that S3 repeats", async () => {
    const body = "<Error><Code>InvalidToken</Code><Token-0>TOKEN</Token-0></Error>";
    peer.answer = () => ({ status: 400, body });
    expect((await sink().send(records(), never)).why).toBe("it answers 400, InvalidToken");
  });

  it("signs headers of the configuration too", async () => {
    await sink({ headers: "x-amz-server-side-encryption=AES256" }).send(records(), never);
    const { headers } = peer.asked[0]!;
    expect(headers["x-amz-server-side-encryption"]).toBe("AES256");
    expect(headers["authorization"]).toMatch(/SignedHeaders=\S*;x-amz-server-side-encryption,/);
  });

  it("is checked by a look, or by a write where we may not look", async () => {
    expect(await sink().check(never)).toContain("siem is there");
    peer.answer = ({ method }) => ({ status: method === "HEAD" ? 403 : 200 });
    expect(await sink().check(never)).toContain("wrote pahlevan/pahlevan-check");
    peer.answer = ({ method }) => ({
      ...(method === "HEAD"
        ? { status: 403 }
        : { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" }),
    });
    await expect(sink().check(never)).rejects.toThrow("403, AccessDenied");
    peer.answer = () => ({ status: 404 });
    await expect(sink().check(never)).rejects.toThrow("there is no bucket siem");
  });
});

it("is found in the path, before the host's name, or where AWS has it", () => {
  const place = { endpoint: "http://s3.example:9000", region: "eu-west-1", bucket: "b" };
  const key = "a b/dt=1";
  expect(urlOf({ ...place, pathStyle: true }, key).href).toBe(
    "http://s3.example:9000/b/a%20b/dt%3D1",
  );
  expect(urlOf({ ...place, pathStyle: false }, key).href).toBe(
    "http://b.s3.example:9000/a%20b/dt%3D1",
  );
  expect(urlOf({ ...place, endpoint: "", pathStyle: false }, "").href).toBe(
    "https://b.s3.eu-west-1.amazonaws.com/",
  );
});

it("refuses what is no bucket's name", () => {
  const settings = settingsOf(s3.keys, { bucket: "a/b", ...secrets });
  expect(() => s3.make(settings, around)).toThrow("no bucket's name");
});
