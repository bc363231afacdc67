/** A kind of sink whose settings are texts yet: they are read, and a sink is made of them. */
import type { Sort } from "../record.ts";
import type { Keys, Values } from "../settings.ts";
import type { Around, BatchLimits, Sink, SinkKind } from "../sink.ts";
import { commonKeys, type Wish } from "./common.ts";

export type Texts = Readonly<Record<string, string>>;

/** Its settings are right, each by itself. */
export interface Prepared {
  readonly limits: BatchLimits;
  /** What it was made of, secrets too. */
  readonly texts: Texts;
  readonly common: Omit<Values<typeof commonKeys>, "events"> & Wish;
  /** Throws a sentence where the settings do not go together. */
  make(around: Around): Sink;
}

/** Of which settings it has, nothing is known here. */
export interface Kind {
  readonly type: string;
  readonly says: string;
  readonly keys: Keys;
  readonly events: readonly Sort[];
  readonly metrics: boolean;
  /** Of the hidden ones no error says what they are. */
  prepare(
    texts: Texts,
    hidden?: ReadonlySet<string>,
  ): { readonly prepared: Prepared } | { readonly errors: readonly string[] };
}

export function kindOf<K extends Keys>(kind: SinkKind<K>): Kind {
  const { type, says, keys, events, metrics } = kind;
  return {
    type,
    says,
    keys,
    events,
    metrics,
    prepare(texts, hidden = new Set()) {
      const errors: string[] = [];
      const settings = valuesIn(keys, texts, errors, hidden);
      const common = valuesIn(commonKeys, texts, errors, hidden);
      if (settings === undefined || common === undefined) return { errors };
      const named = common.events.length > 0 ? common.events : events;
      return {
        prepared: {
          limits: kind.batch(settings),
          texts,
          common: { ...common, events: named.filter((sort) => sort !== "none") },
          make: (around) => kind.make(settings, around),
        },
      };
    },
  };
}

/** Undefined where one is wrong or missing. */
export function valuesIn<K extends Keys>(
  keys: K,
  texts: Texts,
  errors: string[],
  hidden: ReadonlySet<string> = new Set(),
): Values<K> | undefined {
  const values: Record<string, unknown> = {};
  const before = errors.length;
  for (const [name, { type, default: fallback, isSecret }] of Object.entries(keys)) {
    const text = texts[name];
    try {
      if (text !== undefined) values[name] = type.parse(text);
      else if (fallback !== undefined) values[name] = fallback;
      else errors.push(`${name} is not set; it takes ${type.says}`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      // What is wrong about a secret may be the secret.
      errors.push(
        isSecret || hidden.has(name) ? `${name}: it takes ${type.says}` : `${name} ${why}`,
      );
    }
  }
  return errors.length === before && isWhole(keys, values) ? values : undefined;
}

function isWhole<K extends Keys>(keys: K, values: Record<string, unknown>): values is Values<K> {
  return Object.keys(keys).every((name) => name in values);
}
