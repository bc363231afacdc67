/**
 * Alertmanager resolves an alert by its time-out, and Prometheus comes back with the same
 * beginning: it fires again, and a late copy of what was sent before the end does not make it so.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Counts } from "@pahlevan/signals/counts.ts";
import { Intake } from "@pahlevan/signals/intake.ts";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { Store } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-fires-again-"));
afterAll(() => rmSync(folder, { recursive: true }));

const minute = 60_000;
const labels = { alertname: "ErrorsHigh", pahlevan_signal: "rollback", policy: "web" };
const instant = (atMs: number) => new Date(atMs).toISOString();

/** One alert in it; whoever asks hears what is true now. */
class MadeAlertmanager {
  nowMs = Date.UTC(2026, 0, 1);
  #startsAtMs = this.nowMs;
  #isFiring = false;

  /** What it sends. */
  fire(): string {
    this.#isFiring = true;
    return this.#message();
  }

  end(): string {
    this.#isFiring = false;
    return this.#message();
  }

  /** Prometheus was started anew. */
  fireAnew(): string {
    this.#startsAtMs = this.nowMs;
    return this.fire();
  }

  get isFiring(): boolean {
    return this.#isFiring;
  }

  alerts(): Promise<readonly unknown[]> {
    return Promise.resolve(this.#isFiring ? [this.#alert()] : []);
  }

  #message(): string {
    return JSON.stringify({ version: "4", alerts: [this.#alert()] });
  }

  #alert() {
    const [status, endsAtMs] = this.#isFiring ? ["firing"] : ["resolved", this.nowMs];
    return {
      ...{ status, labels, fingerprint: "0123456789abcdef" },
      startsAt: instant(this.#startsAtMs),
      ...(endsAtMs !== undefined && { endsAt: instant(endsAtMs) }),
    };
  }
}

function begin(asks = true) {
  const store = Store.open({ stateDirectory: mkdtempSync(join(folder, "s-")), decisionsKept: 1 });
  const sender = new MadeAlertmanager();
  const intake = new Intake(
    {
      inbox: store.signals,
      nowMs: () => sender.nowMs,
      complain: () => {},
      ...(asks && { pull: { alerts: () => sender.alerts() } }),
    },
    new Counts(),
  );
  return {
    store,
    sender,
    async receive(message: string) {
      const { status } = await intake.take("alertmanager", Buffer.from(message), "");
      sender.nowMs += minute;
      return status;
    },
    firing: () => store.signals.firing().length,
    [Symbol.dispose]: () => store.close(),
  };
}

it("what fires again since the same instant fires, until it is over again", async () => {
  using host = begin();
  const first = host.sender.fire();
  await host.receive(first);
  const ended = host.sender.end();
  await host.receive(ended);
  await host.receive(host.sender.fire());
  expect(host.firing()).toBe(1);
  for (const late of [ended, first, first]) await host.receive(late);
  expect([host.firing(), host.store.signals.count()]).toEqual([1, 2]);
  await host.receive(host.sender.end());
  await host.receive(first);
  expect(host.firing()).toBe(0);
});

it("where nobody can be asked, it stays over until it begins anew", async () => {
  using host = begin(false);
  for (const message of [host.sender.fire(), host.sender.end()]) await host.receive(message);
  await host.receive(host.sender.fire());
  expect(host.firing()).toBe(0);
  await host.receive(host.sender.fireAnew());
  expect(host.firing()).toBe(1);
});

it("what cannot be asked for now is to be sent again", async () => {
  using host = begin();
  for (const message of [host.sender.fire(), host.sender.end()]) await host.receive(message);
  const again = host.sender.fire();
  host.sender.alerts = () => Promise.reject(new Error("it is starting"));
  expect(await host.receive(again)).toBe(503);
  expect(host.firing()).toBe(0);
});

it("what the store cannot tell is to be sent again", async () => {
  using host = begin();
  host.store.close();
  expect(await host.receive(host.sender.fire())).toBe(503);
});

it("an end that is told while Alertmanager is asked counts", async () => {
  using host = begin();
  for (const message of [host.sender.fire(), host.sender.end()]) await host.receive(message);
  const again = host.sender.fire();
  const alerts = await host.sender.alerts();
  host.sender.alerts = async () => {
    host.sender.nowMs += minute;
    await host.receive(host.sender.end());
    return alerts;
  };
  await host.receive(again);
  expect(host.firing()).toBe(0);
});

it("whatever comes late, twice or not at all, the last that is sent decides", async () => {
  const acts = fc.array(
    fc.record({
      act: fc.constantFrom("fire", "end", "fireAnew", "copy"),
      which: fc.nat(),
      isLost: fc.boolean(),
    }),
    { minLength: 1, maxLength: 16 },
  );
  const property = fc.asyncProperty(acts, async (all) => {
    using host = begin();
    const sent: string[] = [];
    let lost: string | undefined;
    for (const { act, which, isLost } of all) {
      host.sender.nowMs += minute;
      if (act === "copy") {
        const copy = sent[which % Math.max(1, sent.length)];
        if (copy !== undefined) await host.receive(copy);
        continue;
      }
      // What has not begun is not told to be over.
      if (act === "end" && !host.sender.isFiring) continue;
      const message = host.sender[act]();
      lost = isLost ? message : undefined;
      if (isLost) continue;
      await host.receive(message);
      sent.push(message);
    }
    // It is sent until it is taken, or something newer is.
    if (lost !== undefined) await host.receive(lost);
    expect(host.firing() > 0).toBe(host.sender.isFiring);
  });
  await fc.assert(property, { numRuns: 100 });
});
