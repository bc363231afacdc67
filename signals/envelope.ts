/** The envelope that Alertmanager made and Grafana took over: a version, and a list of alerts. */
import * as z from "zod";
import { alertShape, nameOf, readAlert, type Reader } from "./alert.ts";
import { line } from "./bounded.ts";
import { collect, type Outcome, type Reading, type Unreadable } from "./reading.ts";

export const envelopeShape = z.object({
  version: z.string().nullish(),
  orgId: z.int().nonnegative().nullish(),
  truncatedAlerts: z.int().nonnegative().nullish(),
  alerts: z.array(z.unknown()),
});
export type Envelope = z.infer<typeof envelopeShape>;

export function openEnvelope(body: unknown): Envelope | Unreadable {
  const read = envelopeShape.safeParse(body);
  return read.success ? read.data : { unreadable: firstProblem(read.error) };
}

export function readEnvelope({ alerts, truncatedAlerts }: Envelope, reader: Reader): Reading {
  return collect(outcomes(alerts, reader), truncatedAlerts ?? 0);
}

/** Each by itself: one that is wrong takes none of the others with it. */
function* outcomes(
  alerts: readonly unknown[],
  reader: Reader,
): Generator<{ alert: string; outcome: Outcome }> {
  for (const [at, each] of alerts.entries()) {
    const read = alertShape.safeParse(each);
    yield read.success
      ? { alert: nameOf(read.data.labels), outcome: readAlert(read.data, reader) }
      : { alert: `alerts[${at}]`, outcome: { refused: firstProblem(read.error) } };
  }
}

export function firstProblem({ issues: [first] }: z.ZodError): string {
  const path = first?.path.map(String).join(".") ?? "";
  return line(`${path === "" ? "" : `${path}: `}${first?.message ?? "unreadable"}`, 200);
}
