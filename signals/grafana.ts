/** Grafana alerting's webhook, version 1: Alertmanager's envelope, one organisation a message. */
import { openEnvelope, readEnvelope } from "./envelope.ts";
import type { Reading, Unreadable } from "./reading.ts";

export function readGrafana(body: unknown, nowMs: number): Reading | Unreadable {
  const envelope = openEnvelope(body);
  if ("unreadable" in envelope) return envelope;
  const version = envelope.version ?? "1";
  if (version === "4") {
    return { unreadable: 'version "4" is Alertmanager\'s: use /v1/signals/alertmanager' };
  }
  if (version !== "1") return { unreadable: 'version: only "1" is known' };
  // Two organisations of one Grafana may have alerts with the same labels.
  const scope = `${envelope.orgId ?? 0}:`;
  return readEnvelope(envelope, { source: "grafana", nowMs, scope });
}
