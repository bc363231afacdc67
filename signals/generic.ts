/** A signal from a script or a pipeline, in the envelope of Standard Webhooks: one a message. */
import * as z from "zod";
import { readKind } from "./alert.ts";
import { line, webAddress } from "./bounded.ts";
import { firstProblem } from "./envelope.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { endOf, startOf } from "./instant.ts";
import { collect, type Outcome, type Reading, type Unreadable } from "./reading.ts";
import { targetOf } from "./target.ts";

const name = z.string().optional();

export const messageShape = z.strictObject({
  type: z.literal("pahlevan.signal"),
  /** When it happened; the same each time that the message is sent again. */
  timestamp: z.string(),
  data: z.strictObject({
    signal: z.string(),
    status: z.enum(["firing", "resolved"]).default("firing"),
    /** The same for all that is said of one alert. Absent: the message's own. */
    id: z.string().min(1).max(256).optional(),
    /** When it began, if not at `timestamp`. */
    startsAt: z.string().optional(),
    cluster: name,
    namespace: name,
    policy: name,
    workload: name,
    scope: z.literal("all").optional(),
    by: z.string().optional(),
    summary: z.string().optional(),
    url: z.string().optional(),
  }),
});
type Said = z.infer<typeof messageShape>;

export function readGeneric(body: unknown, nowMs: number, messageId: string): Reading | Unreadable {
  const read = messageShape.safeParse(body);
  if (!read.success) return { unreadable: firstProblem(read.error) };
  const { data } = read.data;
  return collect([
    { alert: data.id ?? messageId, outcome: readMessage(read.data, nowMs, data.id ?? messageId) },
  ]);
}

function readMessage({ timestamp, data }: Said, nowMs: number, id: string): Outcome {
  const kind = readKind(data.signal);
  if (typeof kind === "object") return kind;
  const startsAtMs = startOf(data.startsAt ?? timestamp, nowMs);
  if (typeof startsAtMs === "object") return startsAtMs;
  const { status } = data;
  if (kind === "heartbeat") {
    return { heartbeat: { kind, source: "generic", status, startsAtMs } };
  }
  const { cluster, namespace, policy, workload } = data;
  const named = Object.entries({ cluster, namespace, policy, workload }).flatMap(([label, value]) =>
    value === undefined ? [] : [[label, value] as const],
  );
  const target = targetOf(Object.fromEntries(named));
  if ("refused" in target) return target;
  const url = webAddress(data.url);
  return {
    signal: {
      kind,
      source: "generic",
      fingerprint: fingerprintOf([id, kind, ...named.flat()]),
      startsAtMs,
      status,
      target,
      by: line(data.by ?? id, 200),
      says: line(data.summary ?? "", 1_000),
      ...(url !== undefined && { url }),
      ...(data.scope === "all" && { all: true }),
      ...(status === "resolved" && { endsAtMs: endOf(timestamp, startsAtMs, nowMs) }),
    },
  };
}
