import { describe, expect, it } from "vitest";
import {
  began,
  connected,
  eventOf,
  executed,
  listened,
  opened,
  seenBy,
  watched,
} from "../../test/sim/facts.ts";
import type { Fact } from "./fact.ts";
import { learn } from "./learn.ts";
import { canTellPhases, isInitOnly } from "./phase.ts";
import { emptyProfile, mergeProfiles, type Profile } from "./profile.ts";
import { learnedOf, waiting } from "./standing.ts";
import { keyOf } from "./instance.ts";

const web = { id: "web-1", startedMs: 1_000 };
const other = { id: "web-2", startedMs: 2_000 };

function learned(...facts: Fact[]): Profile {
  return learn(emptyProfile, facts);
}

function file(profile: Profile, path: string) {
  return profile.facets.file.entries.get(`file read ${path}`);
}

describe("learning", () => {
  it("keeps who showed a behaviour first, when, and that others did too", () => {
    const profile = learned(
      seenBy(web, 1_500, opened("/srv/a")),
      seenBy(other, 2_500, opened("/srv/a")),
      seenBy(web, 9_000, opened("/srv/a")),
    );
    expect(file(profile, "/srv/a")?.instances).toEqual([
      { name: keyOf(web), atMs: 1_500 },
      { name: keyOf(other), atMs: 2_500 },
    ]);
    expect(file(profile, "/srv/a")?.templates).toEqual([{ name: "", atMs: 9_000 }]);
  });

  it("says that there were more instances than it lists, and does not forget it", () => {
    const all = Array.from({ length: 9 }, (_, at) =>
      seenBy({ id: `r${at}`, startedMs: at }, 500, opened("/srv/a")),
    );
    expect(file(learned(...all.slice(1)), "/srv/a")?.more).toBe(false);
    const profile = learned(...all);
    expect(file(profile, "/srv/a")?.instances).toHaveLength(8);
    expect(file(mergeProfiles(profile, profile), "/srv/a")?.more).toBe(true);
  });

  it("keeps which file a program's path named", () => {
    const profile = learned(seenBy(web, 1_500, executed("/usr/bin/app")));
    const [[, entry] = []] = profile.facets.exec.entries;
    expect(entry?.identities).toEqual([{ name: "3:12", atMs: 1_500 }]);
  });

  it("takes what a runtime does before the first program for nobody's need", () => {
    const detail = { kind: "open", path: { value: "/srv/a" }, access: ["read"] } as const;
    const profile = learned(seenBy(web, 1_500, eventOf(detail, "/usr/bin/runc", "setup")));
    expect(profile.facets.file.entries.size).toBe(0);
    expect(profile.held.entries.size).toBe(0);
  });

  it("counts what it could not name, instead of learning a part of it", () => {
    const detail = { kind: "open", path: { value: "/srv/a" }, access: ["read"] } as const;
    const profile = learned(seenBy(web, 1_500, eventOf(detail, "/usr/bin/app", "cut")));
    expect(profile.facets.file.entries.size).toBe(0);
    expect(profile.instances.entries.get(keyOf(web))?.unclear).toBe(1);
  });

  it("learns what the kernel counts, where its record was lost", () => {
    const counts = { compatSyscalls: [], capabilities: [], ringOperations: [] };
    const syscalls = [{ name: "openat", count: 255 }];
    const counted: Fact = { fact: "counted", instance: web, atMs: 9_000, syscalls, ...counts };
    const profile = learned(began(web), counted, counted);
    expect([...profile.facets.syscall.entries.keys()]).toEqual(["syscall openat"]);
    expect(profile.instances.entries.get(keyOf(web))?.samples).toBe(255);
  });

  it("does not change the profile that it began with", () => {
    const before = learned(seenBy(web, 1_500, opened("/srv/a")));
    learn(before, [seenBy(web, 1_600, opened("/srv/b")), seenBy(other, 9, opened("/srv/a"))]);
    expect(before.facets.file.entries.size).toBe(1);
    expect(file(before, "/srv/a")?.instances).toHaveLength(1);
  });
});

describe("the start of an instance", () => {
  const phaseOf = (profile: Profile, path: string) => {
    const entry = file(profile, path);
    return entry && (entry.steady ? (entry.init ? "both" : "steady") : "init");
  };

  it("ends when nothing new came for ten seconds", () => {
    const profile = learned(
      began(web),
      seenBy(web, 5_000, opened("/srv/a")),
      seenBy(web, 14_999, opened("/srv/b")),
      seenBy(web, 24_999, opened("/srv/c")),
    );
    expect(phaseOf(profile, "/srv/b")).toBe("init");
    expect(phaseOf(profile, "/srv/c")).toBe("steady");
  });

  it("is not made longer by what is told again", () => {
    const again = eventOf(opened("/srv/a").detail, "/usr/bin/app", "every");
    const profile = learned(
      began(web),
      seenBy(web, 5_000, opened("/srv/a")),
      seenBy(web, 14_000, again),
      seenBy(web, 16_000, opened("/srv/b")),
    );
    expect(phaseOf(profile, "/srv/b")).toBe("steady");
  });

  it("ends sooner once it listens, but not at once", () => {
    const profile = learned(
      began(web),
      seenBy(web, 2_000, listened(80)),
      seenBy(web, 2_500, opened("/srv/cert")),
      seenBy(web, 4_600, opened("/srv/page")),
    );
    expect(phaseOf(profile, "/srv/cert")).toBe("init");
    expect(phaseOf(profile, "/srv/page")).toBe("steady");
  });

  it("ends some time even if something new comes always", () => {
    const facts = Array.from({ length: 300 }, (_, at) =>
      seenBy(web, 1_000 + at * 5_000, opened(`/srv/n${at}`)),
    );
    const profile = learned(began(web), ...facts);
    expect(phaseOf(profile, "/srv/n100")).toBe("init");
    expect(phaseOf(profile, "/srv/n130")).toBe("steady");
  });

  it("is over for one that ran before it was watched", () => {
    const profile = learned(began(web, "t1", false), seenBy(web, 1_500, opened("/srv/a")));
    expect(phaseOf(profile, "/srv/a")).toBe("steady");
  });

  it("can be told apart only where the kernel told again after it, for long enough", () => {
    const start = [began(web), seenBy(web, 1_500, opened("/srv/conf"))];
    const silent = learned(...start, watched(web, 999_000));
    expect(canTellPhases(silent.instances.entries.values())).toBe(false);
    const retold: Fact = { fact: "retold", instance: web, atMs: 12_000 };
    const short = learned(...start, retold, watched(web, 60_000));
    expect(canTellPhases(short.instances.entries.values())).toBe(false);
    const page = seenBy(web, 20_000, opened("/srv/page"));
    const whole = learned(...start, retold, page, watched(web, 999_000));
    expect(canTellPhases(whole.instances.entries.values())).toBe(true);
    const only = [...whole.facets.file.entries].filter(([, entry]) => isInitOnly(entry));
    expect(only.map(([text]) => text)).toEqual(["file read /srv/conf"]);
  });

  it("is not the only time of what the kernel counts once it was made to forget", () => {
    const call = eventOf({ kind: "syscall", number: 0, name: "read", compat: false });
    const others = { compatSyscalls: [], capabilities: [], ringOperations: [] };
    const count = (atMs: number): Fact => {
      return {
        fact: "counted",
        instance: web,
        atMs,
        syscalls: [{ name: "read", count: 1 }],
        ...others,
      };
    };
    const start = [began(web), seenBy(web, 1_500, call), count(11_000)];
    const readIn = (profile: Profile) => profile.facets.syscall.entries.get("syscall read");
    expect(readIn(learned(...start, count(20_000)))).toMatchObject({ init: true, steady: false });
    const retold: Fact = { fact: "retold", instance: web, atMs: 12_000 };
    const whole = learned(...start, retold, count(20_000));
    expect(readIn(whole)).toMatchObject({ init: true, steady: true });
  });
});

describe("a known-bad behaviour", () => {
  const shadow = "file read /etc/shadow";
  const bad = learned(seenBy(web, 1_500, opened("/etc/shadow")));
  const decide = (allow: boolean): Fact => {
    const verdict = { allow, by: "ann", reason: "it is the PAM helper", atMs: 9_000 };
    return { fact: "decided", text: shadow, verdict };
  };

  it("waits for a person, and is not learned", () => {
    expect([...waiting(bad)].map(([text, { rules }]) => [text, rules])).toEqual([
      [shadow, ["password-hashes"]],
    ]);
    expect(learnedOf(bad, "file")).toEqual([]);
  });

  it("is learned once a person has allowed it, and not if one has refused", () => {
    const allowed = learn(bad, [decide(true)]);
    expect(learnedOf(allowed, "file").map(({ text }) => text)).toEqual([shadow]);
    expect(waiting(allowed).size).toBe(0);
    expect(learnedOf(learn(bad, [decide(false)]), "file")).toEqual([]);
  });

  it("is all that a program did which waits itself, and is learned with it", () => {
    const run = seenBy(web, 1_500, executed("/tmp/tool"));
    const reach = seenBy(web, 1_600, connected("203.0.113.9", 443, "/tmp/tool"));
    const steal = seenBy(web, 1_700, eventOf(opened("/etc/shadow").detail, "/tmp/tool"));
    const told = learned(run, reach, steal);
    expect(learnedOf(told, "network")).toEqual([]);
    expect(waiting(told).size).toBe(3);
    const tool: Fact = {
      fact: "decided",
      text: "exec /tmp/tool",
      verdict: { allow: true, by: "ann", reason: "our own installer", atMs: 9_000 },
    };
    const allowed = learn(told, [tool]);
    expect(learnedOf(allowed, "network")).toHaveLength(1);
    expect([...waiting(allowed).keys()]).toEqual([shadow]);
    const anonymous = new Map(
      [...allowed.held.entries].map(([text, held]) => [text, { ...held, actors: [] }]),
    );
    expect(waiting({ ...allowed, held: { entries: anonymous } }).size).toBe(2);
  });

  it("the last word of a person counts, whatever order it is told in", () => {
    const allow = decide(true);
    const verdict = { allow: false, by: "bob", reason: "it is not", atMs: 9_001 };
    const refuse: Fact = { fact: "decided", text: shadow, verdict };
    expect(learnedOf(learn(bad, [allow, refuse]), "file")).toEqual([]);
    expect(learnedOf(learn(bad, [refuse, allow]), "file")).toEqual([]);
    const atOnce = { ...refuse, verdict: { ...verdict, by: "zoe", atMs: 9_000 } };
    expect(learnedOf(learn(bad, [allow, atOnce]), "file")).toEqual([]);
    expect(learnedOf(learn(bad, [atOnce, allow]), "file")).toEqual([]);
  });

  it("of one program leaves the same of another learned, in either order", () => {
    const bySh = seenBy(web, 1_500, connected("10.0.0.9", 443, "/usr/bin/bash"));
    const byApp = seenBy(web, 1_600, connected("10.0.0.9", 443));
    for (const facts of [
      [bySh, byApp],
      [byApp, bySh],
    ]) {
      const profile = learned(...facts);
      expect(learnedOf(profile, "network")).toHaveLength(1);
      const [held] = waiting(profile).values();
      expect(held?.rules).toEqual(["shell-on-network"]);
      expect(held?.actors.map(({ name }) => name)).toEqual(["/usr/bin/bash"]);
    }
  });
});
