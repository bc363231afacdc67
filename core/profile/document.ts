/** A profile as JSON: what is kept on disk and sent to other nodes, checked when it is read. */
import * as z from "zod";
import { parseBehaviour } from "../behaviour/behaviour-text.ts";
import { forFacets, type LearnedFacet } from "../behaviour/behaviour.ts";
import type { Bounded } from "./bounded.ts";
import type { Entry } from "./entry.ts";
import type { Held } from "./held.ts";
import { keyOf, tellings, type Telling } from "./instance.ts";
import {
  actorsOfHeld,
  identitiesOfProgram,
  instanceLimit,
  instancesOfBehaviour,
  behaviourLimits,
  heldLimit,
  rolloutLimit,
  templatesOfBehaviour,
  verdictLimit,
} from "./limits.ts";
import type { Profile } from "./profile.ts";
import { rolloutKey } from "./rollout.ts";
import { registers } from "./sketch.ts";
import { earliest, latest, order } from "./stamps.ts";

const documentKind = "pahlevan.profile";
/** The second has a facet for namespaces, and of instances what was told of. */
const documentVersion = 2;

const time = z.number().min(0);
const count = z.int().min(0);
/** Put into their order again: everybody further in trusts it. */
const stamps = (most: number, join: typeof earliest, least = 0) =>
  z
    .array(z.strictObject({ name: z.string(), atMs: time }).readonly())
    .min(least)
    .max(most)
    .transform((list) => join([], list, most));
const inOrder = (tells: readonly Telling[]) => tellings.filter((each) => tells.includes(each));
const sketch = z.array(z.int().min(0).max(33)).length(registers);

const entryShape = {
  instances: stamps(instancesOfBehaviour, earliest, 1),
  more: z.boolean(),
  templates: stamps(templatesOfBehaviour, latest, 1),
  init: z.boolean(),
  steady: z.boolean(),
  steadyMs: time.exactOptional(),
  asCalled: z.boolean(),
  identities: stamps(identitiesOfProgram, latest),
};
const entry = z.strictObject(entryShape);
const held = z.strictObject({
  ...entryShape,
  rules: z.array(z.string()).min(1).max(64).readonly(),
  actors: stamps(actorsOfHeld, earliest),
});
const instance = z.strictObject({
  id: z.string(),
  startedMs: time,
  image: z.string(),
  template: z.string(),
  adopted: z.boolean(),
  lost: count,
  unclear: count,
  samples: count,
  watchedToMs: time,
  newsMs: time,
  retold: z.boolean(),
  tells: z.array(z.enum(tellings)).transform(inOrder),
  readyMs: time.exactOptional(),
  steadySinceMs: time.exactOptional(),
  callsMissedMs: time.exactOptional(),
});
const rollout = z.strictObject({ template: z.string(), image: z.string(), sinceMs: time });
const verdict = z.strictObject({
  allow: z.boolean(),
  by: z.string(),
  reason: z.string(),
  atMs: time,
});

const bounded = <T extends z.ZodType>(value: T, limit: number) =>
  z
    .strictObject({ entries: z.record(z.string(), value), overflow: sketch.exactOptional() })
    .refine(
      ({ entries }) => Object.keys(entries).length <= limit,
      `has more than ${limit} entries`,
    );

const behaviours = <T extends z.ZodType>(value: T, limit: number, facet?: LearnedFacet) =>
  bounded(value, limit).superRefine(({ entries }, context) => {
    for (const text of Object.keys(entries)) {
      const found = parseBehaviour(text)?.facet;
      const isFitting = found !== undefined && (facet === undefined || found === facet);
      const message = `${text} is no behaviour${facet === undefined ? "" : ` of ${facet}`}`;
      if (!isFitting) context.addIssue({ code: "custom", message });
    }
  });

const document = z.strictObject({
  kind: z.literal(documentKind),
  version: z.literal(documentVersion),
  facets: z.strictObject(forFacets((facet) => behaviours(entry, behaviourLimits[facet], facet))),
  held: behaviours(held, heldLimit),
  verdicts: bounded(verdict, verdictLimit),
  instances: z.array(instance).max(instanceLimit),
  instancesOverflow: sketch.exactOptional(),
  rollouts: z.array(rollout).max(rolloutLimit),
  rolloutsOverflow: sketch.exactOptional(),
});
export type ProfileDocument = z.infer<typeof document>;

const versioned = z.looseObject({ kind: z.literal(documentKind), version: z.number() });

export function writeProfile({
  facets,
  held,
  verdicts,
  instances,
  rollouts,
}: Profile): ProfileDocument {
  return {
    kind: documentKind,
    version: documentVersion,
    facets: forFacets((facet) => written(facets[facet])),
    held: written(held),
    verdicts: written(verdicts),
    instances: valuesOf(instances).map((each) => ({ ...each, tells: [...each.tells] })),
    ...(instances.overflow && { instancesOverflow: [...instances.overflow] }),
    rollouts: valuesOf(rollouts),
    ...(rollouts.overflow && { rolloutsOverflow: [...rollouts.overflow] }),
  };
}

export type ReadProfile =
  | { readonly profile: Profile }
  /** Why it was not taken, and what to do about it. */
  | { readonly error: string };

export function readProfile(json: unknown): ReadProfile {
  const head = versioned.safeParse(json);
  if (!head.success) return { error: "this is no profile of Pahlevan: it has no kind and version" };
  const { version } = head.data;
  if (version === 1) return readProfile(converted(json));
  if (version !== documentVersion) {
    const todo =
      version < documentVersion
        ? "learn anew, or convert it with the release that wrote it"
        : "a newer release wrote it: upgrade this one";
    return { error: `the profile has version ${version}, known is ${documentVersion}: ${todo}` };
  }
  const read = document.safeParse(json);
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue?.path.join(".") ?? "";
    return { error: `the profile is damaged at ${where || "its top"}: ${issue?.message ?? ""}` };
  }
  const { facets, held, verdicts, instances, rollouts } = read.data;
  const { instancesOverflow, rolloutsOverflow } = read.data;
  return {
    profile: {
      facets: forFacets((facet): Bounded<Entry> => opened(facets[facet])),
      held: opened<Held>(held),
      verdicts: opened(verdicts),
      instances: keyed(instances, keyOf, instancesOverflow),
      rollouts: keyed(rollouts, rolloutKey, rolloutsOverflow),
    },
  };
}

const first = z.looseObject({
  facets: z.looseObject({}),
  instances: z.array(z.looseObject({})),
});

/** What is wrong in it otherwise is told when it is read as the second. */
function converted(json: unknown): unknown {
  const read = first.safeParse(json);
  if (!read.success) return { kind: documentKind, version: documentVersion };
  const { facets, instances } = read.data;
  return {
    ...read.data,
    version: documentVersion,
    facets: { ...facets, namespace: { entries: {} } },
    instances: instances.map((each) => ({ ...each, tells: [] })),
  };
}

interface Written<T> {
  entries: Record<string, T>;
  overflow?: number[];
}

function written<T>({ entries, overflow }: Bounded<T>): Written<T> {
  // Sorted, so that equal profiles are equal texts.
  const sorted = [...entries].sort(([a], [b]) => order(a, b));
  const record: Record<string, T> = Object.fromEntries(sorted);
  return overflow === undefined
    ? { entries: record }
    : { entries: record, overflow: [...overflow] };
}

function valuesOf<T>({ entries }: Bounded<T>): T[] {
  return [...entries].sort(([a], [b]) => order(a, b)).map(([, value]) => value);
}

function opened<T>({ entries, overflow }: Written<T>): Bounded<T> {
  const map = new Map(Object.entries(entries));
  return overflow === undefined ? { entries: map } : { entries: map, overflow };
}

function keyed<T>(values: readonly T[], key: (value: T) => string, overflow?: number[]) {
  const entries = new Map(values.map((value) => [key(value), value]));
  return overflow === undefined ? { entries } : { entries, overflow };
}
