/** How many records a second one core brings to each peer that speaks HTTP on loopback. */
import { configured, type Written } from "@pahlevan/exporters/dispatch/configured.ts";
import { kinds } from "@pahlevan/exporters/dispatch/kinds.ts";
import { Outgoing } from "@pahlevan/exporters/record.ts";
import type { Row } from "../row.ts";
import { CountingPeer } from "./peer.ts";
import { decisionLine } from "./records.ts";

const records = 20_000;

export async function perSink(): Promise<readonly Row[]> {
  await using peer = await CountingPeer.start();
  const settings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    otlp: { endpoint: peer.url },
    datadog: { url: peer.url, "api-key": "key" },
    elasticsearch: { url: peer.url, "install-template": "off" },
    loki: { url: peer.url },
    splunk: { url: peer.url, token: "token" },
    webhook: { url: `${peer.url}/hook`, "batch-records": "1000" },
  };
  const written = Object.entries(settings).flatMap(([name, its]) =>
    Object.entries(its).map(([key, value]): Written => ({ name, key, value, origin: "bench" })),
  );
  const { sinks, errors } = await configured(written, {}, kinds);
  if (errors.length > 0) throw new Error(errors.join("\n"));
  const rows: Row[] = [];
  for (const { name, prepared } of sinks) {
    const sink = prepared.make({
      name,
      ...{ host: "bench", cluster: "", version: "0", nowMs: Date.now },
      complain: (says) => console.error(`${name}: ${says}`),
      enqueue: () => undefined,
      memory: { get: () => undefined, set() {}, delete() {}, entries: () => [] },
    });
    const before = process.threadCpuUsage();
    const began = performance.now();
    let sent = 0;
    for (let at = 0; at < records; at += prepared.limits.records) {
      const most = Math.min(prepared.limits.records, records - at);
      const batch = Array.from({ length: most }, (_, n) => new Outgoing(decisionLine(at + n)));
      const report = await sink.send(batch, new AbortController().signal);
      sent += report.sent;
      if (report.sent < most) throw new Error(`${name}: ${report.why}`);
    }
    const { user, system } = process.threadCpuUsage(before);
    const seconds = (user + system) / 1e6;
    await sink.close();
    rows.push({
      name: `${name}: records/s of a core`,
      value: sent / seconds,
      unit: "records/s",
      budget: "-",
      ok: true,
      detail: `${((seconds * 1e6) / sent).toFixed(1)} µs each, parsing included; ${Math.round(
        sent / ((performance.now() - began) / 1_000),
      )} records/s by the clock`,
    });
  }
  return rows;
}
