/** A real S3 gateway takes what the S3 sink signs and uploads, and keeps it as it was sent. */
import { gunzipSync } from "node:zlib";
import { parquetReadObjects } from "hyparquet";
import { beforeAll, describe, expect, it } from "vitest";
import { examples } from "@pahlevan/exporters/examples.ts";
import { Outgoing } from "@pahlevan/exporters/record.ts";
import { s3 } from "@pahlevan/exporters/siem/s3/sink.ts";
import { BUILT_WITHIN_MS } from "../go-program.ts";
import { aroundOf, settingsOf } from "../../exporters/settings-of.ts";
import { account, Gateway, gatewayMissing, gatewayProgram } from "./s3/gateway.ts";

const around = aroundOf();

const why = await gatewayMissing();
const never = new AbortController().signal;
const lines = examples("2026-11-22T14:03:07.123456789Z");
const records = () => lines.map((line) => Outgoing.of(line));
const told = lines.map((line) => ({ ...line, host: "node-1", cluster: "west" }));

describe.skipIf(why !== undefined)(`an S3 gateway (${why ?? "real"})`, () => {
  beforeAll(gatewayProgram, BUILT_WITHIN_MS);

  const sink = (gateway: Gateway, settings: Readonly<Record<string, string>> = {}) =>
    s3.make(
      settingsOf(s3.keys, {
        ...{ url: gateway.url, bucket: "siem", "path-style": "on", ...account, ...settings },
      }),
      around,
    );

  it("keeps a batch as lines, once however often it is sent", async () => {
    await using gateway = await Gateway.start("siem");
    const one = sink(gateway);
    expect(await one.check(never)).toContain("siem is there");
    for (let time = 0; time < 2; time += 1)
      expect(await one.send(records(), never)).toEqual({ sent: 6, again: [], refused: {} });
    const kept = [...gateway.objects("siem")];
    expect(kept).toHaveLength(1);
    const [[name, body] = ["", Buffer.of()]] = kept;
    expect(name).toMatch(/^pahlevan\/dt=2026-11-22\/hour=14\/node-1-example-1-6-\w+\.ndjson\.gz$/);
    const said = gunzipSync(body).toString().trim().split("\n");
    expect(said.map((line): unknown => JSON.parse(line))).toEqual(told);
    await one.close();
  });

  it("keeps Parquet that can be read", async () => {
    await using gateway = await Gateway.start("siem");
    const one = sink(gateway, { file: "parquet", prefix: "odd name/ü+=&" });
    expect(await one.send(records(), never)).toMatchObject({ sent: 6 });
    const [[name, body] = ["", Buffer.of()]] = gateway.objects("siem");
    expect(name).toMatch(/^odd name\/ü\+=&\/dt=.*\.parquet$/);
    const rows = await parquetReadObjects({ file: new Uint8Array(body).buffer });
    expect(rows.map(({ record }): unknown => record)).toEqual(told);
    await one.close();
  });

  it("says which bucket is missing, and takes nobody else's key", async () => {
    await using gateway = await Gateway.start("siem");
    const elsewhere = sink(gateway, { bucket: "nowhere" });
    await expect(elsewhere.check(never)).rejects.toThrow("there is no bucket nowhere");
    const report = await elsewhere.send(records(), never);
    expect(report).toMatchObject({ sent: 0, again: { length: 6 } });
    expect(report.why).toContain("404, NoSuchBucket");
    const stranger = sink(gateway, { "secret-key": "another" });
    await expect(stranger.check(never)).rejects.toThrow("403, SignatureDoesNotMatch");
    expect((await stranger.send(records(), never)).why).toContain("SignatureDoesNotMatch");
    expect(gateway.objects("siem").size).toBe(0);
    for (const one of [elsewhere, stranger]) await one.close();
  });

  it("gets what was kept for it while it was away", async () => {
    await using gateway = await Gateway.start("siem");
    const one = sink(gateway);
    await gateway.stop();
    await expect(one.send(records(), never)).rejects.toThrow("ECONNREFUSED");
    await gateway.restart();
    expect(await one.send(records(), never)).toMatchObject({ sent: 6 });
    expect(gateway.objects("siem").size).toBe(1);
    await one.close();
  });
});
