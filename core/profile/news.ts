/**
 * When something new came, and how much was watched until then: what unseen mass is measured by.
 */
import { firstMs, incidence, type Entry } from "./entry.ts";
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
 * Whether what only starts did is news once the work does it, too: where a policy tells them apart.
 */
export interface NewsSettings {
  readonly tellsPhases: boolean;
}

/**
 * By time. Of a generalisation's members only those are news that came before its rule could speak:
 * one temporary file more is none.
 */
export function newsOf(
  learned: readonly Learned[],
  generalising: GeneraliseSettings,
  { tellsPhases }: NewsSettings,
): News[] {
  const entries = new Map(learned.map(({ text, entry }) => [text, entry]));
  const { groups, exact } = generalise(entries.keys(), generalising);
  const entriesOf = (texts: Iterable<string>) =>
    [...texts].flatMap((text) => entries.get(text) ?? []);
  const ofGroups = groups.flatMap(({ members, needed }) => {
    const all = entriesOf(members);
    const first = inTime(all.map(newsOfEntry)).slice(0, needed);
    return [...first.map(({ atMs }) => ({ atMs })), ...inTime(all.flatMap(newsOfWork)).slice(0, 1)];
  });
  const each = entriesOf(exact);
  return inTime([...each.map(newsOfEntry), ...each.flatMap(newsOfWork), ...ofGroups]);

  function newsOfWork({ init, steadyMs }: Entry): News[] {
    return tellsPhases && init && steadyMs !== undefined ? [{ atMs: steadyMs }] : [];
  }
}

function newsOfEntry(entry: Entry): News {
  const [first] = entry.instances;
  const only = incidence(entry) === 1 && first !== undefined ? { only: first.name } : {};
  return { atMs: firstMs(entry), ...only };
}

function inTime(news: readonly News[]): News[] {
  return news.toSorted((a, b) => a.atMs - b.atMs);
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
