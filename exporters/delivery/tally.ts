/** The counts of one queue, by lane. */
import { lanes, type Lane, type Outgoing } from "../record.ts";

export type ByLane = Record<Lane, number>;

export function none(): ByLane {
  return { decision: 0, transition: 0, anomaly: 0, behaviour: 0 };
}

export function byLane(countOf: (lane: Lane) => number): ByLane {
  const counts = none();
  for (const lane of lanes) counts[lane] = countOf(lane);
  return counts;
}

export class Tally {
  readonly accepted = none();
  readonly sent = none();
  readonly #dropped = new Map<string, { lane: Lane; reason: string; count: number }>();

  drop(lane: Lane, reason: string, count = 1): void {
    if (count <= 0) return;
    const key = `${lane} ${reason}`;
    const before = this.#dropped.get(key)?.count ?? 0;
    this.#dropped.set(key, { lane, reason, count: before + count });
  }

  dropped(): readonly { readonly lane: Lane; readonly reason: string; readonly count: number }[] {
    return [...this.#dropped.values()];
  }

  /**
   * Who of a batch was refused is not told by name: the last ones are taken for them, which are of
   * the last lanes. The sums are right.
   */
  settle(done: readonly Outgoing[], sent: number, refused: Readonly<Record<string, number>>): void {
    for (const { lane } of done.slice(0, sent)) this.sent[lane]++;
    let at = sent;
    for (const [reason, count] of Object.entries(refused)) {
      for (const { lane } of done.slice(at, at + count)) this.drop(lane, reason);
      at += count;
    }
  }
}
