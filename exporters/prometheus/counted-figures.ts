/**
 * A counter or gauge of the client's whose values were counted elsewhere; it only shows them, and
 * their exemplars, which the client's own would take as of now.
 */
import { Gauge } from "@prometheus-io/client";
import type { Figure, Sample } from "../metrics/metric.ts";
import { shownExemplar } from "./shown-exemplar.ts";

export class CountedFigures extends Gauge<string> {
  readonly #shown: Pick<Figure, "name" | "help" | "type">;
  readonly #read: () => Iterable<Sample>;

  constructor({ name, help, type }: Figure, read: () => Iterable<Sample>, openMetrics: boolean) {
    super({ name, help, registers: [] });
    // OpenMetrics names the family without it, and the registry writes it behind each series.
    const bare = openMetrics && type === "counter" ? name.replace(/_total$/, "") : name;
    this.#shown = { name: bare, help, type };
    this.#read = read;
  }

  /** What registries ask of each metric, in the place of the client's own counts. */
  getForPromString() {
    const values = Array.from(this.#read(), ([labels, value, newest]) => {
      return { labels, value, exemplar: newest && shownExemplar(newest) };
    });
    return Promise.resolve({ ...this.#shown, values });
  }
}
