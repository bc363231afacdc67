/** Who says what: rules of the policy's fields, of its exceptions, of the profile. */
import type { Exception } from "../policy.ts";
import type { Rank, Rule } from "./compiled.ts";
import type { Admitted, Learned, Need } from "./learned.ts";

export interface Said<T> {
  readonly rule: Rule;
  readonly need: T;
}

export function says(rank: Rank, field: string): Rule {
  return { rank, from: `spec.enforcement.${field}` };
}

/** Exceptions that have not ended. */
export function lasting<Match>(
  exceptions: readonly Exception<Match>[],
  nowMs: number,
  field: string,
): { readonly rule: Rule; readonly match: Match }[] {
  return exceptions
    .filter((exception) => lasts(exception, nowMs))
    .map(({ match, reason, expiresMs }) => ({
      rule: { ...says("exception", field), reason, ...(expiresMs !== undefined && { expiresMs }) },
      match,
    }));
}

export function needsOf(
  learned: Iterable<Learned>,
  admitted: Iterable<Admitted>,
  nowMs: number,
): Said<Need>[] {
  return [
    ...[...learned].map(({ need, startOnly }) => ({
      rule: { rank: "learned" as const, from: "profile", ...(startOnly && { startOnly }) },
      need,
    })),
    ...[...admitted].flatMap(({ need, startOnly, reason, expiresMs }) => {
      if (!lasts({ expiresMs }, nowMs)) return [];
      const rule = {
        rank: "exception" as const,
        from: "admitted",
        reason,
        ...(expiresMs !== undefined && { expiresMs }),
        ...(startOnly && { startOnly }),
      };
      return [{ rule, need }];
    }),
  ];
}

function lasts({ expiresMs }: { readonly expiresMs?: number | undefined }, nowMs: number): boolean {
  return expiresMs === undefined || expiresMs > nowMs;
}
