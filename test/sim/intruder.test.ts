/** Somebody is in while a workload is learned: what of it would the learned policy allow? */
import { learnedFacets } from "@pahlevan/core/behaviour/behaviour.ts";
import { behaviourText } from "@pahlevan/core/behaviour/behaviour-text.ts";
import type { KernelEvent } from "@pahlevan/core/behaviour/event.ts";
import { readingOf } from "@pahlevan/core/behaviour/reading.ts";
import { admits, generalise } from "@pahlevan/core/profile/generalise/generalise.ts";
import { learn } from "@pahlevan/core/profile/learn.ts";
import { emptyProfile } from "@pahlevan/core/profile/profile.ts";
import { learnedOf, waiting } from "@pahlevan/core/profile/standing.ts";
import fc from "fast-check";
import { expect, it } from "vitest";
import { connected, eventOf, executed, opened, seenBy } from "./facts.ts";

const web = { id: "web-1", startedMs: 0 };
const made = (exe: string, { detail }: KernelEvent) => eventOf(detail, exe);

const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);
/** Enough of everything that patterns are made where they may be. */
const normal: readonly KernelEvent[] = [
  executed("/usr/sbin/app"),
  executed("/usr/bin/dash"),
  ...numbers(40).map((at) => opened(`/var/log/app/2026-11-${at}.log`, "write")),
  ...numbers(40).map((at) => opened(`/tmp/app/part${at}`, "write")),
  ...numbers(40).map((at) => opened(`/etc/app/site${at}`)),
  ...numbers(40).map((at) => connected(`10.0.3.${at + 1}`, 5432)),
  ...numbers(40).map((at) => connected("10.0.3.9", 40_000 + at)),
];

const tool = "/tmp/.x/kworker";
const intrusion: readonly KernelEvent[] = [
  executed(tool),
  executed("/usr/bin/ncat"),
  executed("/memfd:payload", "deleted", "detached"),
  connected("203.0.113.66", 443, "/usr/bin/dash"),
  connected("203.0.113.66", 8443, tool),
  connected("169.254.169.254", 80),
  connected("10.0.3.9", 45_700),
  opened("/etc/shadow"),
  opened("/host/etc/shadow"),
  opened("/etc/ld.so.preload", "created"),
  opened("/root/.ssh/authorized_keys", "write"),
  opened("/proc/1/environ"),
  made(tool, opened("/srv/customers.db")),
  made("/usr/bin/ncat", opened("/var/log/app/dump.tgz")),
  eventOf({ kind: "unlink", path: { value: "/root/.bash_history" }, access: [] }),
  eventOf({ kind: "module", name: { value: "rootkit" } }),
  eventOf({ kind: "mount", operation: "mount", path: { value: "/mnt" } }),
  eventOf({ kind: "bpf", command: "BPF_PROG_LOAD", number: 5 }),
];

const texts = (events: readonly KernelEvent[]) =>
  events.flatMap((event) => readingOf(event).behaviours.map(behaviourText));

it("none of it, in whatever order it came; the workload's own is learned all the same", () => {
  const all = [...normal, ...intrusion];
  const anyOrder = fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
  fc.assert(
    fc.property(anyOrder, (events) => {
      const facts = events.map((event, atMs) => seenBy(web, atMs, event));
      const profile = learn(emptyProfile, facts);
      const learned = learnedFacets.flatMap((facet) => learnedOf(profile, facet));
      const policy = generalise(learned.map(({ text }) => text));
      for (const text of texts(normal)) expect(admits(policy, text)).toBeDefined();
      for (const text of texts(intrusion)) expect(admits(policy, text)).toBeUndefined();
      expect(new Set(waiting(profile).keys())).toEqual(new Set(texts(intrusion)));
    }),
  );
});
