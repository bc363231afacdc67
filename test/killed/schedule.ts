/**
 * What senders say, and when: rounds of messages that may arrive in any order, because what they
 * ask for are different policies.
 */
import { createHash } from "node:crypto";
import { kindLabel } from "@pahlevan/signals/alert.ts";
import type { SignalKind } from "@pahlevan/core/loop/signal.ts";
import type { Random } from "../sim/random.ts";
import { beginMs, shop } from "./shop.ts";

export type Sender = "alertmanager" | "grafana";

/** What somebody who hears 2xx may rely on. */
export interface Promised {
  /** Its mark in stores and histories, another for each occurrence. */
  readonly says: string;
  readonly isOver: boolean;
}

export interface Post {
  readonly sender: Sender;
  readonly body: string;
  readonly promises: readonly Promised[];
}

/** Of an operator: asked once. */
export interface Order {
  readonly kind: SignalKind;
  readonly policy: string;
  readonly by: string;
}

export interface Round {
  readonly atMs: number;
  readonly posts: readonly Post[];
  readonly order?: Order;
}

type Labels = Readonly<Record<string, string>>;

interface Occurrence {
  readonly sender: Sender;
  readonly labels: Labels;
  readonly startsAtMs: number;
  readonly says: string;
  endsAtMs?: number;
}

const minute = 60_000;
/** As often as it is here. */
const alertKinds: readonly SignalKind[] = [
  ...(["promote", "promote", "promote", "advance", "advance", "advance", "advance"] as const),
  ...(["rollback", "rollback", "rollback", "resume", "resume"] as const),
  ...(["relearn", "quarantine", "emergency"] as const),
];
const orderKinds: readonly SignalKind[] = [
  ...(["resume", "resume", "resume", "promote", "promote"] as const),
  ...(["rollback", "suspend", "relearn"] as const),
];
const mostRemembered = 40;

export class Schedule {
  readonly #random: Random;
  /** By alert: its newest occurrence. */
  readonly #alerts = new Map<string, Occurrence>();
  #sent: readonly Post[] = [];
  #atMs = beginMs;
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): Round {
    this.#atMs += (1 + this.#below(15)) * minute;
    const atMs = this.#atMs;
    if (this.#below(4) === 0) return { atMs, posts: [], order: this.#order() };
    const posts = shop.filter(() => this.#below(2) === 0).map(({ policy }) => this.#post(policy));
    const again = this.#sent[this.#below(mostRemembered)];
    this.#sent = [...posts, ...this.#sent].slice(0, mostRemembered);
    return { atMs, posts: again === undefined ? posts : [...posts, again] };
  }

  #order(): Order {
    const { policy } = this.#one(shop);
    return { kind: this.#one(orderKinds), policy, by: `operator ${++this.#count}` };
  }

  /** Up to three alerts; one of them may be in it twice. */
  #post(policy: string): Post {
    const sender = this.#below(4) === 0 ? "grafana" : "alertmanager";
    const alike = Array.from({ length: 1 + this.#below(3) }, () => this.#labels(policy));
    const labels = new Map(alike.map((each) => [JSON.stringify(each), each])).values();
    const told = [...labels].map((each) => this.#told(sender, each));
    const again = this.#below(6) === 0 ? told.slice(0, 1) : [];
    const watchdog = {
      status: "firing",
      labels: { alertname: "Watchdog" },
      startsAt: instant(beginMs),
    };
    const alerts = [...told, ...again].map((one) => alertOf(one));
    return {
      sender,
      body: JSON.stringify({
        version: sender === "grafana" ? "1" : "4",
        alerts: [...alerts, watchdog],
      }),
      promises: told.map(({ says, endsAtMs }) => ({ says, isOver: endsAtMs !== undefined })),
    };
  }

  #labels(policy: string): Labels {
    const kind = this.#one(alertKinds);
    const workloads = shop.find((held) => held.policy === policy)?.workloads ?? [];
    const workload = this.#below(2) === 0 ? undefined : this.#one(workloads);
    return {
      alertname: `Team${kind}`,
      ...{ [kindLabel]: kind, namespace: "host", policy },
      ...(workload !== undefined && { workload }),
    };
  }

  /** An alert begins, is over, or is told of again. */
  #told(sender: Sender, labels: Labels): Occurrence {
    const key = `${sender} ${JSON.stringify(labels)}`;
    const known = this.#alerts.get(key);
    if (known === undefined || known.endsAtMs !== undefined) {
      const startsAtMs = this.#atMs - this.#below(minute);
      const begun = { sender, labels, startsAtMs, says: `#${++this.#count}` };
      this.#alerts.set(key, begun);
      return begun;
    }
    if (this.#below(3) > 0) known.endsAtMs = this.#atMs - 1;
    return { ...known };
  }

  #one<T>(of: readonly T[]): T {
    const one = of[this.#below(of.length)];
    if (one === undefined) throw new Error("nothing to choose from");
    return one;
  }

  #below(many: number): number {
    return Math.floor(this.#random() * many);
  }
}

function alertOf({ labels, startsAtMs, endsAtMs, says }: Occurrence) {
  return {
    status: endsAtMs === undefined ? "firing" : "resolved",
    labels,
    annotations: { summary: says },
    startsAt: instant(startsAtMs),
    endsAt: endsAtMs === undefined ? "0001-01-01T00:00:00Z" : instant(endsAtMs),
    fingerprint: createHash("sha256").update(JSON.stringify(labels)).digest("hex").slice(0, 16),
  };
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
