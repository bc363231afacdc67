import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quietNeeded, unseenMass, type Discovery } from "./unseen.ts";

const discovery = fc
  .tuple(fc.integer({ min: 1, max: 500 }), fc.array(fc.integer({ min: 1, max: 500 })))
  .map(([windows, all]): Discovery => {
    const news = [...new Set(all.filter((each) => each <= windows))].sort((a, b) => a - b);
    return { windows, news };
  });

describe("the unseen mass", () => {
  it("is everything where nothing was watched", () => {
    expect(unseenMass({ windows: 0, news: [] }, 0.95)).toEqual({ estimate: 1, bound: 1 });
  });

  it("is a share, and its estimate is never over its bound", () => {
    fc.assert(
      fc.property(discovery, (given) => {
        const { estimate, bound } = unseenMass(given, 0.95);
        expect(estimate).toBeGreaterThanOrEqual(0);
        expect(bound).toBeLessThanOrEqual(1);
        expect(estimate).toBeLessThanOrEqual(bound);
      }),
    );
  });

  it("is bound less tightly by who wants to be surer, and after more news", () => {
    fc.assert(
      fc.property(discovery, (given) => {
        const { bound } = unseenMass(given, 0.95);
        expect(unseenMass(given, 0.99).bound).toBeGreaterThanOrEqual(bound);
        const news = [...given.news.filter((at) => at < given.windows), given.windows];
        expect(unseenMass({ ...given, news }, 0.95).bound).toBeGreaterThanOrEqual(bound);
      }),
    );
  });

  it("is small after the quiet that is said to be needed, and not one window before", () => {
    const first = { windows: 20, news: [1, 3, 20] };
    const quiet = quietNeeded(first, 0.05, 0.95);
    const after = (more: number) => unseenMass({ ...first, windows: 20 + more }, 0.95).bound;
    expect(after(quiet)).toBeLessThanOrEqual(0.05);
    expect(after(quiet - 1)).toBeGreaterThan(0.05);
  });

  it("does not begin at nothing again because one thing more came after a long time", () => {
    const news = [1, 2, 3, 5_000];
    expect(unseenMass({ windows: 5_000, news }, 0.95).bound).toBeLessThan(0.01);
  });
});
