/** A policy's life as one trace: told in pieces, found again by anybody who knows the loop. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beginning, type Loop, type Transition } from "@pahlevan/core/loop/loop.ts";
import { phases } from "@pahlevan/core/loop/phase.ts";
import { savedLoop } from "@pahlevan/core/loop/saved.ts";
import type { Line, SpanLine } from "../record.ts";
import { at, born, canary, enforcing, learning, moved, place, step1, type Move } from "./made.ts";
import { lineOfEnd, linesOfTransition, nameOf, spanNow } from "./life.ts";

function last({ transitions }: Loop): Transition {
  const transition = transitions.at(-1);
  if (transition === undefined) throw new Error("it has not moved");
  return transition;
}

const restarted = (loop: Loop) => savedLoop.parse(JSON.parse(JSON.stringify(loop)));
const isSpan = (line: Line): line is Line & SpanLine => line.event === "span";
const told = (loop: Loop) => linesOfTransition(place, last(loop), "because", loop);
const stayOf = (loop: Loop) => told(loop).filter(isSpan)[0];

describe("a policy's life", () => {
  it("is told phase by phase, each span from when it began to when it ended", () => {
    const spans = [learning, canary, step1, enforcing].flatMap((loop) => told(loop).filter(isSpan));
    expect(spans.map(({ name, startTime, time }) => [name, startTime, time])).toEqual([
      ["pahlevan.policy.pending", "2026-11-22T10:00:00.000Z", "2026-11-22T10:01:00.000Z"],
      ["pahlevan.policy", "2026-11-22T10:00:00.000Z", "2026-11-22T10:01:00.000Z"],
      ["pahlevan.policy.learning", "2026-11-22T10:01:00.000Z", "2026-11-22T10:10:00.000Z"],
      ["pahlevan.policy.canary", "2026-11-22T10:10:00.000Z", "2026-11-22T10:20:00.000Z"],
      ["pahlevan.policy.canary", "2026-11-22T10:20:00.000Z", "2026-11-22T10:30:00.000Z"],
    ]);
  });

  it("is one trace, whose root all of them are below", () => {
    const spans = [learning, canary, step1, enforcing].flatMap((loop) => told(loop).filter(isSpan));
    const root = spans.find(({ name }) => name === "pahlevan.policy");
    expect(new Set(spans.map(({ span }) => span.traceId)).size).toBe(1);
    expect(new Set(spans.map(({ span }) => span.spanId)).size).toBe(5);
    for (const { span } of spans.filter((one) => one !== root))
      expect(span.parentSpanId).toBe(root?.span.spanId);
    expect(root?.span.parentSpanId).toBeUndefined();
    expect(root?.span.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(root?.span.spanId).toMatch(/^[0-9a-f]{16}$/);
  });

  it("is known during a phase by the span that ends with it, over a restart too", () => {
    const during = spanNow(place, canary);
    expect(spanNow(place, restarted(canary))).toEqual(during);
    const { span } = stayOf(restarted(step1)) ?? {};
    expect(during).toEqual({ traceId: span?.traceId, spanId: span?.spanId });
    expect(spanNow(place, step1)).not.toEqual(during);
  });

  it("is known as it was when the clock is put back", () => {
    expect(spanNow(place, { ...canary, sinceMs: 5 })).toEqual(spanNow(place, canary));
  });

  it("tells a transition in the span that it ends, and says both phases there", () => {
    const [transition, span] = told(canary);
    expect(transition).toMatchObject({
      event: "pahlevan.loop.transition",
      from: "Learning",
      to: "Canary",
      why: "because",
      time: "2026-11-22T10:10:00.000Z",
      trace: spanNow(place, learning),
    });
    expect(span).toMatchObject({
      attributes: {
        "pahlevan.loop.phase": "Learning",
        "pahlevan.loop.from": "Pending",
        "pahlevan.loop.to": "Canary",
      },
    });
  });

  it("is told of each transition, where the loop has gone on before anybody asked", () => {
    const lines = linesOfTransition(place, last(canary), "", enforcing);
    expect(lines).toEqual(linesOfTransition(place, last(canary), "", canary));
  });

  it.each<[Move, boolean]>([
    [{ to: "Healing" }, true],
    [{ to: "RolledBack" }, true],
    [{ to: "Canary", step: 0 }, true],
    [{ to: "Enforcing" }, false],
    [{ to: "RolledBack", source: "operator" }, false],
    [{ to: "Emergency" }, false],
  ])("has failed, or not, when the canary's second step ends so: %j", (move, isFailed) => {
    const failed = stayOf(moved(step1, move, at(21)))?.failed;
    expect(failed).toBe(isFailed ? `to ${move.to}` : undefined);
  });

  it("goes on where a remedy has helped: that has not failed", () => {
    const healing = moved(enforcing, { to: "Healing" }, at(40));
    const back = moved(healing, { to: "Canary", step: 1 }, at(41));
    expect(stayOf(back)).toMatchObject({ name: "pahlevan.policy.healing" });
    expect(stayOf(back)?.failed).toBeUndefined();
  });

  it("ends with what it was in", () => {
    const end = lineOfEnd(place, enforcing, at(60));
    expect(end).toMatchObject({
      name: "pahlevan.policy.enforcing",
      startTime: "2026-11-22T10:30:00.000Z",
      time: "2026-11-22T11:00:00.000Z",
      span: spanNow(place, enforcing),
    });
  });

  it("is another one on another host, for another workload, or begun anew", () => {
    const lives = [
      spanNow(place, born),
      spanNow({ ...place, host: "node-2" }, born),
      spanNow({ ...place, cluster: "b" }, born),
      spanNow({ ...place, workload: "b" }, born),
      spanNow(place, beginning(1)),
    ];
    expect(new Set(lives.map(({ traceId }) => traceId)).size).toBe(5);
  });

  it("stays one trace for a loop that was kept before births were written down", () => {
    const { bornMs: _born, ...old } = canary;
    const next = moved(old, { to: "Enforcing" }, at(20));
    expect(spanNow(place, next).traceId).toBe(spanNow(place, old).traceId);
    expect(stayOf(next)?.span.spanId).toBe(spanNow(place, old).spanId);
  });

  it("keeps its words: each phase has a span of its name", () => {
    expect(phases.map(nameOf)).toContain("pahlevan.policy.rolled_back");
    expect(new Set(phases.map(nameOf)).size).toBe(phases.length);
  });

  it("ends each span that it began, once, whichever way the loop goes and however long", () => {
    const move = fc.record({
      to: fc.constantFrom(...phases.filter((phase) => phase !== "Pending")),
      step: fc.nat(3),
      lasts: fc.integer({ min: 1, max: 1e9 }),
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        let loop = beginning(1_700_000_000_000);
        const begun: string[] = [];
        const ended: string[] = [];
        const ids: string[] = [];
        for (const { to, step, lasts } of moves) {
          begun.push(spanNow(place, restarted(loop)).spanId);
          loop = moved(
            loop,
            { to, step },
            (loop.transitions.at(-1)?.atMs ?? 1_700_000_000_000) + lasts,
          );
          const lines = told(restarted(loop));
          ended.push(lines.filter(isSpan)[0]?.span.spanId ?? "");
          ids.push(...lines.map(({ id }) => id));
        }
        expect(ended).toEqual(begun);
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });
});
