/** A histogram of the client's whose values were counted elsewhere; it only shows them. */
import { Histogram } from "@prometheus-io/client";
import type { Spread } from "../metrics/metric.ts";
import { shownExemplar } from "./shown-exemplar.ts";

interface Shown {
  readonly name: string;
  readonly help: string;
}

export class CountedHistogram extends Histogram<string> {
  readonly #shown: Shown;
  readonly #read: () => Iterable<Spread>;

  constructor(shown: Shown, read: () => Iterable<Spread>) {
    const { name, help } = shown;
    super({ name, help, registers: [] });
    this.#shown = shown;
    this.#read = read;
  }

  /** What registries ask of each metric, in the place of the client's own counts. */
  getForPromString() {
    const { name, help } = this.#shown;
    const values = [...this.#read()].flatMap(([labels, spread]) => {
      const upTo = spread.cumulative();
      const bounds = [...spread.bounds.map(canonical), "+Inf"];
      return [
        ...bounds.map((le, at) => {
          const exemplar = spread.exemplars[at];
          return {
            metricName: `${name}_bucket`,
            labels: { ...labels, le },
            value: upTo[at] ?? 0,
            exemplar: exemplar && shownExemplar(exemplar),
          };
        }),
        { metricName: `${name}_sum`, labels, value: spread.sum },
        { metricName: `${name}_count`, labels, value: upTo.at(-1) ?? 0 },
      ];
    });
    return Promise.resolve({ name, help, type: "histogram", values });
  }
}

/** As OpenMetrics has it, and Prometheus 3 makes of any other: the same series by every format. */
function canonical(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}
