/**
 * Alertmanager's webhook, version 4; it is told what is wrong with one alert, and takes the rest.
 */
import { openEnvelope, readEnvelope } from "./envelope.ts";
import type { Reading, Unreadable } from "./reading.ts";

export function readAlertmanager(body: unknown, nowMs: number): Reading | Unreadable {
  const envelope = openEnvelope(body);
  if ("unreadable" in envelope) return envelope;
  // Old ones and templates of one's own leave the version out.
  const version = envelope.version ?? "4";
  if (version === "1") return { unreadable: 'version "1" is Grafana\'s: use /v1/signals/grafana' };
  if (version !== "4") return { unreadable: 'version: only "4" is known' };
  return readEnvelope(envelope, { source: "alertmanager", nowMs });
}
