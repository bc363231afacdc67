/** What is due comes in its time, and in the order in which it was put down. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { Agenda } from "./agenda.ts";

it("gives what is due, in order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 9 })),
      fc.integer({ min: 0, max: 9 }),
      (times, now) => {
        const agenda = new Agenda<readonly [number, number]>();
        for (const [at, time] of times.entries()) agenda.add(time, [time, at]);
        const all = times.map((time, at) => [time, at] as const).toSorted((a, b) => a[0] - b[0]);
        const isDue = ([time]: readonly [number, number]) => time <= now;
        expect(agenda.take(now)).toEqual(all.filter(isDue));
        expect(agenda.take(Infinity)).toEqual(all.filter((one) => !isDue(one)));
        expect(agenda.nextMs).toBe(Infinity);
      },
    ),
  );
});
