/** How the loops of a host take what is on disk, whoever was killed before them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beginning, type Transition } from "@pahlevan/core/loop/loop.ts";
import type { Signal, SignalKind } from "@pahlevan/core/loop/signal.ts";
import type { Distributions } from "@pahlevan/exporters/metrics/distribution.ts";
import { afterAll, expect, it } from "vitest";
import { policyOf, signalOf } from "../../test/sim/loop/made.ts";
import { HeldWorkload } from "../enforce/held-workload.ts";
import { Store } from "../store/store.ts";
import { HostLoop, type Stepper } from "./host-loop.ts";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-host-loop-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Hears all, and saves that it did. */
class Listener implements Stepper {
  readonly heard: string[] = [];
  readonly #loop: HostLoop;

  constructor(loop: HostLoop) {
    this.#loop = loop;
  }

  signalled(signals: readonly Signal[]): readonly number[] {
    this.heard.push(...signals.map(({ kind, status }) => `${kind} ${status}`));
    return signals.map(() => 1);
  }

  save(): void {
    this.#loop.saveLoops(new Map(), []);
  }
}

function openStore(): Store {
  const stateDirectory = mkdtempSync(join(folder, "state-"));
  return Store.open({ stateDirectory, decisionsKept: 1, signalsKept: 100 });
}

const told: { event: string; trace?: { traceId: string } }[] = [];

function loopOver(store: Store, nowMs = () => 1_000): HostLoop {
  told.length = 0;
  return new HostLoop({
    telling: { tell: (line) => void told.push(line) },
    store,
    heartbeat: { isExpected: false, patienceMs: 1_000 },
    log: { info: () => {}, warn: () => {} },
    nowMs,
  });
}

const sums = (spreads: Distributions) => [...spreads].map(([name, { sum }]) => [name, sum]);

const asked = (kind: SignalKind) => signalOf(kind, "operator", { startsAtMs: 900 });
const accept = (store: Store, ...signals: readonly Signal[]) =>
  store.signals.accept({ signals, heartbeats: [] }, 1_000);

it("a request that nobody waits for any more is taken, and then over", async () => {
  using store = openStore();
  await accept(store, asked("suspend"));
  const loop = loopOver(store);
  const listener = new Listener(loop);
  loop.begin(listener);
  expect(listener.heard).toEqual(["suspend firing"]);
  // Written after the request's end.
  await accept(store, signalOf("rollback"));
  expect(listener.heard).toEqual(["suspend firing", "suspend resolved", "rollback firing"]);
  expect(store.signals.firing().map(({ signal }) => signal.kind)).toEqual(["rollback"]);
});

it("who is held from now on hears of what is over, where it was not taken yet", async () => {
  using store = openStore();
  const before = loopOver(store);
  const stop = before.begin(new Listener(before));
  await accept(store, signalOf("rollback"), signalOf("advance"));
  stop();
  await accept(store, signalOf("rollback", "alertmanager", { status: "resolved" }));
  const heard = () => loop.firing().map(({ kind, status }) => `${kind} ${status}`);
  const loop = loopOver(store);
  expect(heard()).toEqual(["advance firing", "rollback resolved"]);
  loop.begin(new Listener(loop));
  expect(heard()).toEqual(["advance firing"]);
});

it("a signal that could not be taken waits, and is taken with the next one", async () => {
  using store = openStore();
  const loop = loopOver(store);
  const listener = new Listener(loop);
  let isBroken = true;
  loop.begin({
    signalled: (signals) => {
      if (isBroken) throw new Error("the disk is full");
      return listener.signalled(signals);
    },
    save: () => listener.save(),
  });
  await accept(store, signalOf("rollback"));
  expect(store.signals.taken).toBe(0);
  isBroken = false;
  await accept(store, signalOf("advance"));
  expect(listener.heard).toEqual(["rollback firing", "advance firing"]);
  expect(store.signals.taken).toBe(2);
});

it("how late an alert is told of counts once, from its begin and from its end", async () => {
  using store = openStore();
  const loop = loopOver(store);
  loop.begin(new Listener(loop));
  const alert = signalOf("rollback", "alertmanager", { startsAtMs: 400 });
  await accept(store, alert);
  await accept(store, alert);
  expect(sums(loop.lag)).toEqual([["alertmanager", 0.6]]);
  const over = { ...alert, status: "resolved" as const, endsAtMs: 900 };
  await accept(store, over);
  expect(sums(loop.lag)).toEqual([["alertmanager", 0.7]]);
});

it("how long a signal takes to the kernel counts where it moves a policy at once", async () => {
  using store = openStore();
  let nowMs = 1_000;
  const loop = loopOver(store, () => nowMs);
  const web = { namespace: "shop", workload: "web" };
  const workload = new HeldWorkload(web, policyOf(), beginning(0), "");
  const alert = signalOf("rollback", "grafana", { startsAtMs: 400 });
  const moved = () => {
    nowMs += 250;
    const { source, fingerprint, by, says } = alert;
    const cause = { source, fingerprint, by, says };
    const move = { from: "Enforcing", to: "RolledBack", signal: "rollback" } as const;
    const transition = { ...move, cause, step: 0, atMs: nowMs, does: "" };
    loop.perform(workload, { do: "tell", transition });
  };
  loop.begin({
    signalled: (signals) => {
      moved();
      return signals.map(() => 1);
    },
    save: () => {},
  });
  await accept(store, alert);
  expect(sums(loop.toKernel)).toEqual([["grafana", 0.25]]);
  moved();
  expect(sums(loop.toKernel)).toEqual([["grafana", 0.25]]);
});

it("tells of a transition with the span that it ends, of a page, and nothing once all is gone", () => {
  using store = openStore();
  const loop = loopOver(store);
  const transition: Transition = {
    ...{
      from: "Learning",
      to: "Enforcing",
      step: 0,
      atMs: 900,
      signal: "promote",
      does: "enforces",
    },
    cause: { source: "operator", by: "ada", says: "now" },
  };
  const place = { cluster: "", namespace: "host", policy: "web", workload: "nginx" };
  const held = {
    place,
    name: place,
    policy: { name: "web" },
    loop: { ...beginning(100), transitions: [transition] },
  };
  loop.perform(held, { do: "tell", transition });
  loop.perform(held, { do: "page", says: "look" });
  expect(told.map(({ event }) => event)).toEqual([
    "pahlevan.loop.transition",
    "span",
    "pahlevan.loop.notice",
  ]);
  expect([...loop.transitions()]).toMatchObject([{ from: "Learning", to: "Enforcing", times: 1 }]);
  loop.forget("host", "web", "nginx");
  expect([...loop.transitions()]).toEqual([]);
});
