/** An exemplar in the client's words; its registry writes it in OpenMetrics only. */
import type { Exemplar } from "../metrics/exemplar.ts";

export function shownExemplar({ labels, value, atMs }: Exemplar) {
  return { labelSet: labels, value, timestamp: atMs / 1_000 };
}
