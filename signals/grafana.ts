/** Grafana alerting's webhook, version 1: Alertmanager's envelope, one organisation a message. */
import { nameOf } from "./alert.ts";
import { openEnvelope, readEnvelope } from "./envelope.ts";
import type { Reading, Unreadable } from "./reading.ts";
import { labelOf, type Labels } from "./target.ts";

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
  return readEnvelope(envelope, { source: "grafana", nowMs, scope, strange });
}

/**
 * A rule whose query has no result fires too, with all of its own labels, under one of these names
 * (pkg/services/ngalert/state/compat.go): who lost a data source asks for no rollback.
 */
const withoutResult = new Set(["DatasourceNoData", "DatasourceError"]);

function strange(labels: Labels): string | undefined {
  if (!withoutResult.has(nameOf(labels)) || labelOf(labels, "rulename") === undefined) return;
  return "the rule's query had no result";
}
