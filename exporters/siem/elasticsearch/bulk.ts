/** The bulk request and what its answer says of each document. */
import type { HttpAnswer } from "../../delivery/http.ts";
import { formats, type Origin } from "../../formats/formats.ts";
import type { Outgoing } from "../../record.ts";
import type { Report } from "../../sink.ts";
import { at, jsonIn, textAt } from "../answer.ts";

/** Only what is read of the answer: one of 4 MiB would be cut. */
export const bulkPath =
  "/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason";

/** `create` is all that a data stream takes; the id makes a retry no second document. */
export function bulkBody(batch: readonly Outgoing[], origin: Origin): string {
  return batch
    .map(({ line }) => {
      const action = { create: { _id: line.id } };
      return `${JSON.stringify(action)}\n${JSON.stringify(formats.ecs(line, origin))}\n`;
    })
    .join("");
}

interface Item {
  readonly status: number;
  readonly type: string;
  readonly reason: string;
}

/** It may become true without a change to the document: no shard, no disk, no right to write. */
const againStatuses = new Set([401, 403, 404, 408, 429]);

/** Throws where the answer is none: then all is tried again, and what is there makes a 409. */
export function bulkReport({ body }: HttpAnswer, batch: readonly Outgoing[]): Report {
  const items = itemsIn(body);
  if (items === "all") return { sent: batch.length, again: [], refused: {} };
  if (items.length !== batch.length)
    throw new Error(`it answers for ${items.length} of ${batch.length} documents`);
  const again: Outgoing[] = [];
  const refused: Record<string, number> = {};
  let sent = 0;
  let why: string | undefined;
  for (const [position, { status, type, reason }] of items.entries()) {
    const record = batch[position];
    // 409: an earlier attempt got through, and its answer did not.
    if (record === undefined || (status >= 200 && status < 300) || status === 409) {
      sent++;
      continue;
    }
    why ??= `${type}: ${reason.slice(0, 300)}`;
    if (againStatuses.has(status) || status >= 500) again.push(record);
    else refused[type] = (refused[type] ?? 0) + 1;
  }
  return { sent, again, refused, ...(why !== undefined && { why }) };
}

function itemsIn(body: string): "all" | readonly Item[] {
  const answer = jsonIn(body);
  if (at(answer, "errors") === false) return "all";
  const items = at(answer, "items");
  if (Array.isArray(items)) return items.map(itemIn);
  throw new Error("it answers no bulk response: is it Elasticsearch or OpenSearch?");
}

function itemIn(item: unknown): Item {
  const status = Number(at(item, "create", "status"));
  return {
    status,
    type: textAt(item, "create", "error", "type") || `status_${status}`,
    reason: textAt(item, "create", "error", "reason"),
  };
}
