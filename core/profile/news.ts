/**
 * When something new came, and how much was watched until then: what unseen mass is measured by.
 */
import { firstMs, incidence } from "./entry.ts";
import { generalise } from "./generalise/generalise.ts";
import type { GeneraliseSettings } from "./generalise/group.ts";
import { completes, keyOf, type Instance } from "./instance.ts";
import type { Learned } from "./standing.ts";
import type { Discovery } from "./unseen.ts";
import type { Watched } from "./watched.ts";

export interface News {
  readonly atMs: number;
  /** The only instance that showed it, where it was one. */
  readonly only?: string;
}

/**
 * By time. Of a generalisation's members only those are news that came before its rule could speak:
 * one temporary file more is none.
 */
export function newsOf(learned: readonly Learned[], generalising: GeneraliseSettings): News[] {
  const entries = new Map(learned.map(({ text, entry }) => [text, entry]));
  const { groups, exact } = generalise(entries.keys(), generalising);
  const newsOfTexts = (texts: Iterable<string>): News[] =>
    [...texts]
      .flatMap((text) => entries.get(text) ?? [])
      .map((entry) => {
        const [first] = entry.instances;
        const only = incidence(entry) === 1 && first !== undefined ? { only: first.name } : {};
        return { atMs: firstMs(entry), ...only };
      })
      .sort((a, b) => a.atMs - b.atMs);
  const ofGroups = groups.flatMap(({ members, needed }) =>
    newsOfTexts(members)
      .slice(0, needed)
      .map(({ atMs }) => ({ atMs })),
  );
  return [...newsOfTexts(exact), ...ofGroups].sort((a, b) => a.atMs - b.atMs);
}

export function discoveryOf(news: readonly News[], watched: Watched): Discovery {
  const windows = new Set(news.map(({ atMs }) => watched.windowOf(atMs)));
  return { windows: watched.windows, news: Array.from(windows, (each) => watched.until(each)) };
}

/** Good–Turing's share of instances with something of their own. */
export function shareWithOwn(news: readonly News[], instances: readonly Instance[]): number {
  const whole = instances.filter(completes);
  const withOwn = new Set(news.map(({ only }) => only));
  const own = whole.filter((instance) => withOwn.has(keyOf(instance)));
  return whole.length === 0 ? 1 : own.length / whole.length;
}
