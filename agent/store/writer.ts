/**
 * Writes to a store without end, and says what is in it by then: for the test that kills it.
 * node writer.ts DIRECTORY
 */
import { emptyProfile } from "@pahlevan/core/profile/profile.ts";
import { learn } from "@pahlevan/core/profile/learn.ts";
import { Store } from "./store.ts";

const [, , stateDirectory = ""] = process.argv;
const name = { namespace: "host", workload: "web" };
const instance = { id: "a", startedMs: 0 };

using store = Store.open({ stateDirectory, decisionsKept: 50 });
let stored = store.profiles.read(name)?.profile ?? emptyProfile;
for (let round = stored.facets.file.entries.size; ; round++) {
  const path = { value: `/srv/app/${round}` };
  const detail = { kind: "open", path, access: ["read"] } as const;
  const event = { timeNs: 0n, cgroupId: 1n, instance: 2, generation: 1, flags: [], detail };
  stored = learn(stored, [{ fact: "seen", instance, atMs: round, event }]);
  store.profiles.merge(name, { profile: stored, blind: new Set(), nowMs: round });
  store.decisions.append([{ ...name, atMs: round, line: `{"round":${round}}` }]);
  process.stdout.write(`${round}\n`);
}
