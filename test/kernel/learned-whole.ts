/** In an agent's store: a workload of the host whose system calls are all learned. */
import { systemCallNames } from "../../agent/kernel/names/names.ts";
import { Store } from "../../agent/store/store.ts";
import { learn } from "../../core/profile/learn.ts";
import { emptyProfile } from "../../core/profile/profile.ts";
import { began, eventOf, seenBy, watched } from "../sim/facts.ts";

/** Whatever it calls, it did long ago, and nothing new in half an hour. */
export function learnWhole(
  storing: Parameters<typeof Store.open>[0],
  workload: string,
  butNot: readonly string[] = [],
): void {
  const startedMs = Date.now() - 3_600_000;
  const instance = { id: "before", startedMs };
  const calls = Object.values(systemCallNames().native).filter((name) => !butNot.includes(name));
  const profile = learn(emptyProfile, [
    began(instance, ""),
    ...calls.map((name) =>
      seenBy(instance, startedMs, eventOf({ kind: "syscall", number: 0, name, compat: false })),
    ),
    watched(instance, startedMs + 1_800_000),
  ]);
  using store = Store.open(storing);
  store.profiles.merge(
    { namespace: "host", workload },
    { profile, blind: new Set(), nowMs: Date.now() },
  );
}
