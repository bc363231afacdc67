import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { signalOf } from "../../test/sim/loop/made.ts";
import { heard, isFiring, remembered } from "./alerts.ts";
import { mostAlerts, rememberedMs, type KnownAlert } from "./loop.ts";
import { occurrenceOf, type Signal } from "./signal.ts";

const told = (fingerprint: string, startsAtMs: number, status: Signal["status"]) =>
  signalOf("rollback", "alertmanager", { fingerprint, startsAtMs, status });
const hear = (signals: readonly Signal[], before: readonly KnownAlert[] = []) =>
  signals.reduce((known, signal) => heard(known, signal, 1), before);
const states = (known: readonly KnownAlert[]) =>
  known.map((alert) => `${occurrenceOf(alert.signal)} ${isFiring(alert)}`);

const signals = fc.array(
  fc
    .record({
      fingerprint: fc.constantFrom("a", "b", "c"),
      startsAtMs: fc.constantFrom(10, 20),
      status: fc.constantFrom("firing" as const, "resolved" as const),
    })
    .map(({ fingerprint, startsAtMs, status }) => told(fingerprint, startsAtMs, status)),
  { maxLength: 24 },
);

describe("what is known of alerts", () => {
  it("is the same in whatever order they come, and however often", () => {
    const mixed = signals.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 }),
      ),
    );
    fc.assert(
      fc.property(mixed, ([list, shuffled]) => {
        expect(states(hear(shuffled))).toEqual(states(hear(list)));
      }),
    );
  });

  it("is that an alert is over, although its firing comes late", () => {
    const known = hear([told("a", 10, "resolved"), told("a", 10, "firing")]);
    expect(known.filter(isFiring)).toEqual([]);
  });

  it("is that it fires again, when it does, whatever comes late of the time before", () => {
    const known = hear([
      told("a", 20, "firing"),
      told("a", 10, "resolved"),
      told("a", 10, "firing"),
    ]);
    expect(known.filter(isFiring).map(({ signal }) => signal.startsAtMs)).toEqual([20]);
  });

  it("is bounded, and forgets first what is over", () => {
    const many = Array.from({ length: 2 * mostAlerts }, (_, at) => told(`x${at}`, 1, "resolved"));
    const known = hear([told("fires", 5, "firing"), ...many]);
    expect(known.length).toBe(mostAlerts);
    expect(known.filter(isFiring).map(({ signal }) => signal.fingerprint)).toEqual(["fires"]);
  });

  it("is not that somebody asks anew, when a request is told again after it was forgotten", () => {
    const request = signalOf("rollback", "operator", { startsAtMs: 10 });
    const [alert] = hear([request]);
    const answered = alert === undefined ? [] : [{ ...alert, answer: "accepted: done" }];
    const forgotten = remembered(answered, rememberedMs + 10);
    expect(forgotten).toEqual([]);
    expect(heard(forgotten, request, rememberedMs + 10)).toEqual([]);
  });

  it("is forgotten a day after its end, and never while it fires", () => {
    const known = hear([told("a", 10, "resolved"), told("b", 10, "firing")]);
    const later = remembered(known, rememberedMs + 2);
    expect(later.map(({ signal }) => signal.fingerprint)).toEqual(["b"]);
  });
});
