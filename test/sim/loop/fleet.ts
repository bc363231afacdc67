/** All simulated workloads: by their places, and the nodes that they share. */
import { isFor, type Signal } from "@pahlevan/core/loop/signal.ts";
import type { Service } from "./service.ts";

export class Fleet {
  readonly services: readonly Service[];
  readonly #byKey: ReadonlyMap<string, Service>;

  constructor(services: readonly Service[]) {
    this.services = services;
    this.#byKey = new Map(services.map((service) => [service.key, service]));
  }

  /** Whom a signal is for: by core's own rule, asked of those that may be meant. */
  meantBy(signal: Signal): readonly Service[] {
    const { namespace, policy, workload } = signal.target;
    const one = this.#byKey.get(`${namespace}/${policy} ${workload}`);
    const some = one === undefined ? this.services : [one];
    return some.filter(({ place }) => isFor(signal, place));
  }
}
