/** The seam held against both sides: what learning admits, the tables let through. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventOf, opened } from "../../test/sim/facts.ts";
import { behaviourText, parseBehaviour } from "../behaviour/behaviour-text.ts";
import type { Behaviour } from "../behaviour/behaviour.ts";
import { nameOf, nameOfPath, pathOfName } from "../behaviour/name.ts";
import { compile } from "../policy/compile/compile.ts";
import type { Compiled } from "../policy/compile/compiled.ts";
import { judge } from "../policy/compile/judge.ts";
import { dryRun } from "../policy/compile/start-up.ts";
import { normalise } from "../policy/normalise.ts";
import { parsePolicy } from "../policy/parse.ts";
import { apiVersion, kind } from "../policy/schema/policy.ts";
import { usualConvergence } from "../profile/convergence.ts";
import type { Entry } from "../profile/entry.ts";
import { admits, generalise } from "../profile/generalise/generalise.ts";
import { tellings, type Instance, type Telling } from "../profile/instance.ts";
import { rulesHolding } from "../profile/known-bad.ts";
import { learn } from "../profile/learn.ts";
import { emptyProfile, type Profile } from "../profile/profile.ts";
import { wildcardsIn } from "../profile/standing.ts";
import { actOf } from "./behaviour-need.ts";
import { convergenceSettings } from "./convergence-settings.ts";
import { learnedNeeds } from "./learned-needs.ts";
import { reasonFor } from "./reason.ts";
import { recordedWithHeld } from "./recorded.ts";

const entry: Entry = {
  instances: [{ name: "0/a", atMs: 1 }],
  more: false,
  templates: [{ name: "t", atMs: 1 }],
  init: true,
  steady: false,
  asCalled: false,
  identities: [],
};

function profileOf(texts: readonly string[], part: Partial<Entry> = {}): Profile {
  const facets = { ...emptyProfile.facets };
  for (const text of texts) {
    const { facet } = parsed(text);
    const entries = new Map(facets[facet].entries).set(text, { ...entry, ...part });
    facets[facet] = { entries };
  }
  return { ...emptyProfile, facets };
}

function parsed(text: string): Behaviour {
  const behaviour = parseBehaviour(text);
  if (behaviour === undefined) throw new Error(`${text} is no behaviour`);
  return behaviour;
}

function policyOf(enforcement: object) {
  const spec = { selector: { matchLabels: { app: "a" } }, enforcement };
  const facts = { syscalls: new Set<string>(), capabilities: new Set<string>(), nowMs: 0 };
  const document = { apiVersion, kind, metadata: { name: "p" }, spec };
  const { policy } = parsePolicy(document, facts);
  if (policy === undefined) throw new Error("the policy is none");
  return normalise(policy);
}

function compiledOf(
  profile: Profile,
  enforcement: object = { mode: "enforce", blockUnknown: true },
): Compiled {
  const learned = learnedNeeds(profile, { lifecycleAware: true });
  const result = compile({ policy: policyOf(enforcement), learned, nowMs: 0 });
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result.compiled;
}

function outcome(compiled: Compiled, text: string) {
  const act = actOf(parsed(text));
  return act === undefined ? "allow" : judge(compiled, act).outcome;
}

const word = fc.constantFrom(
  "a",
  "b",
  "log-1",
  "log-2",
  "log-3",
  "x\\x20y",
  "\\xff",
  "k\\x2a",
  "é",
);
const path = fc
  .tuple(fc.constantFrom("/srv", "/etc", "/var/log", "/opt/x"), word, word)
  .map((parts) => parts.join("/"));
const address = fc.oneof(
  fc.nat(255).map((last) => `10.1.2.${last}`),
  fc.nat(255).map((last) => `100.100.100.${last}`),
  fc.constantFrom("2001:db8::1", "::ffff:10.1.2.3", "203.0.113.9"),
);
const port = fc.oneof(fc.constantFrom(53, 443), fc.integer({ min: 32_768, max: 65_535 }));
const behaviours: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(fc.constantFrom("read", "write", "exec"), path)
    .map((parts) => `file ${parts.join(" ")}`),
  path.map((each) => `exec ${each}`),
  fc.tuple(path, path).map((parts) => `exec ${parts.join(" ")}`),
  fc
    .tuple(fc.constantFrom("connect", "send"), fc.constantFrom("tcp", "udp"), address, port)
    .map(([operation, protocol, to, at]) => {
      const host = to.includes(":") ? `[${to}]` : to;
      return `network ${operation} ${protocol}/${host}:${at}/out`;
    }),
  fc
    .tuple(fc.constantFrom("loopback", "private", "public"), port)
    .map(([distance, at]) => `network accept tcp/${distance}:${at}/in`),
  port.map((at) => `network listen tcp/0.0.0.0:${at}/in`),
  path.map((each) => `network connect unix/${each}/out`),
  fc.constantFrom(
    "syscall read",
    "syscall read compat",
    "capability CAP_CHOWN",
    "credential setuid 0:0",
    "mount mount /mnt tmpfs",
    "ptrace ptrace_attach",
    "bpf prog_load",
    "module overlay",
    "io_uring readv",
    "network dns example.org/A",
  ),
);

/** Ranges of tables are addresses alone; which of them are known-bad only learning knows. */
function isOutOfReach(text: string): boolean {
  const behaviour = parsed(text);
  return behaviour.facet !== "file" && rulesHolding(behaviour, undefined).length > 0;
}

describe("tables made of a profile", () => {
  it("let through what learning admits, and nothing else", () => {
    fc.assert(
      fc.property(fc.array(behaviours, { maxLength: 60 }), behaviours, (learned, other) => {
        const compiled = compiledOf(profileOf(learned));
        const generalised = generalise(learned);
        expect(learned.filter((text) => outcome(compiled, text) !== "allow")).toEqual([]);
        if (isOutOfReach(other) || other.startsWith("network dns")) return;
        // Who runs a program opens it.
        if (/^file (?:read|exec) /.test(other)) return;
        const wanted = admits(generalised, other) === undefined ? "deny" : "allow";
        expect([other, outcome(compiled, other)]).toEqual([other, wanted]);
      }),
      { numRuns: 400 },
    );
  });

  it("let a program's own file be opened, and not written", () => {
    const compiled = compiledOf(profileOf(["exec /bin/sh /opt/run.sh"]));
    expect(outcome(compiled, "file read /bin/sh")).toBe("allow");
    expect(outcome(compiled, "file read /opt/run.sh")).toBe("allow");
    expect(outcome(compiled, "file write /opt/run.sh")).toBe("deny");
  });

  it("keep bytes that are no UTF-8, and stars that are part of a name", () => {
    const text = `file read /etc/${nameOf({ value: "caf\\xe9", escaped: true })}/k\\x2a`;
    const compiled = compiledOf(profileOf([text]));
    const judged = (of: string) =>
      judge(compiled, { facet: "file", access: "read", path: of }).outcome;
    expect(judged("/etc/caf\udce9/k*")).toBe("allow");
    expect(judged("/etc/café/k*")).toBe("deny");
    expect(judged("/etc/caf\udce9/kx")).toBe("deny");
    const logs = [1, 2, 3].map((number) => `file read /srv/a\\x20b/log-${number}`);
    const patterns = compiledOf(profileOf(logs));
    const log = { facet: "file", access: "read", path: "/srv/a b/log-9" } as const;
    expect(judge(patterns, log).outcome).toBe("allow");
  });

  it("spare what is guarded, but where a person allowed wildcards", () => {
    const logs = ["/srv/app", "/etc/app"].flatMap((directory) =>
      [1, 2, 3].map((number) => `file read ${directory}/item${number}`),
    );
    const verdict = { allow: true, by: "ann", reason: "", atMs: 1 };
    const profile = learn(profileOf(logs), [
      { fact: "decided", text: wildcardsIn("/etc/app"), verdict },
    ]);
    const compiled = compiledOf(profile);
    const read = (path: string) => outcome(compiled, `file read ${path}`);
    expect(["/srv/app/item9", "/etc/app/item9"].map(read)).toEqual(["allow", "allow"]);
    expect(["/srv/app/item.key", "/etc/app/item.key"].map(read)).toEqual(["deny", "allow"]);
  });

  it("let nobody do what only an older version began to do", () => {
    const late = { instances: [{ name: "0/a", atMs: 200 }] };
    const rollout = { template: "newer", image: "", sinceMs: 100 };
    const rollouts = { entries: new Map([["100/newer", rollout]]) };
    const of = (part: Partial<Entry>) =>
      learnedNeeds(
        { ...profileOf(["capability CAP_CHOWN"], part), rollouts },
        { lifecycleAware: true },
      );
    expect(of(late)).toEqual([]);
    expect(of({})).toEqual([{ need: { facet: "capability", name: "CAP_CHOWN" } }]);
  });

  it("let the start alone do what only starts did, where the kernel could tell", () => {
    const seen: Instance = {
      id: "a",
      startedMs: 0,
      image: "",
      template: "t",
      adopted: false,
      lost: 0,
      unclear: 0,
      samples: 9,
      newsMs: 0,
      steadySinceMs: 10_000,
      watchedToMs: 900_000,
      retold: true,
      tells: tellings,
    };
    const instances = { entries: new Map([["0/a", seen]]) };
    const profile = { ...profileOf(["capability CAP_SETUID"]), instances };
    expect(learnedNeeds(profile, { lifecycleAware: true })[0]?.startOnly).toBe(true);
    expect(learnedNeeds(profile, { lifecycleAware: false })[0]?.startOnly).toBeUndefined();
    const unsure = { entries: new Map([["0/a", { ...seen, retold: false }]]) };
    expect(
      learnedNeeds({ ...profile, instances: unsure }, { lifecycleAware: true })[0]?.startOnly,
    ).toBeUndefined();
  });

  it("let through what nobody told of, as of an older release", () => {
    const who = { id: "a", startedMs: 0 };
    const begun = { fact: "began" as const, instance: who, image: "", template: "" };
    const read = { fact: "seen" as const, instance: who, atMs: 1, event: opened("/lib/a.so") };
    const needsAfter = (tells: readonly Telling[]) => {
      const profile = learn(emptyProfile, [{ ...begun, fromStart: true, tells }, read]);
      return learnedNeeds(profile, { lifecycleAware: true }).map(({ need }) => need);
    };
    const reading = { facet: "file", access: "read", path: "/lib/a.so" };
    const mapping = { ...reading, access: "exec" };
    expect(needsAfter(tellings)).toEqual([reading]);
    expect(needsAfter(["namespaces"])).toEqual([reading, mapping]);
    expect(needsAfter(["mapped_code"])).toEqual([
      reading,
      { facet: "namespace", object: "userns_create" },
    ]);
  });

  it("name the hosts that a resolver knows, but not one's own addresses", () => {
    const texts = ["network connect tcp/192.0.2.7:443/out", "network bind tcp/192.0.2.7:80/in"];
    const nameOfAddress = () => "api.example.org";
    const needs = learnedNeeds(profileOf(texts), { lifecycleAware: true, nameOf: nameOfAddress });
    expect(needs.map(({ need }) => ("to" in need ? need.to : undefined))).toEqual([
      { kind: "name", name: "api.example.org" },
      { kind: "range", range: "192.0.2.7" },
    ]);
  });
});

it("names become paths and back", () => {
  const letters = fc.string({
    unit: fc.constantFrom("a", "é", " ", "*", "\\", "\udc80", "\udcff"),
  });
  fc.assert(
    fc.property(letters, (of) => {
      expect(pathOfName(nameOfPath(of))).toBe(of);
    }),
  );
});

it("the reason of a denial says where the act is allowed at the start alone", () => {
  const policy = policyOf({ mode: "enforce", blockUnknown: true });
  const need = { facet: "capability", name: "CAP_SETUID" } as const;
  const reason = (startOnly?: true) => {
    const learned = [
      { need: { ...need, name: "CAP_CHOWN" } },
      ...(startOnly ? [{ need, startOnly }] : []),
    ];
    const compiled = compile({ policy, learned, nowMs: 0 });
    if ("problems" in compiled) throw new Error("the policy is none");
    const detail = { kind: "capability", number: 7, name: "CAP_SETUID", granted: true } as const;
    return reasonFor(compiled.compiled, eventOf(detail));
  };
  expect(reason()).toBe("it is neither named nor learned");
  expect(reason(true)).toBe(
    "it is neither named nor learned; it is allowed while the instance starts, and that is over",
  );
});

describe("the dry run of a profile", () => {
  const profile = profileOf(["exec /usr/sbin/nginx", "file read /etc/nginx/nginx.conf"]);

  it("finds that a policy allows its own workload's start", () => {
    expect(dryRun(compiledOf(profile), recordedWithHeld(profile))).toEqual({ answer: "yes" });
  });

  it("names the field that denies it", () => {
    const files = { deniedPaths: ["/etc/nginx/**"] };
    const compiled = compiledOf(profile, { mode: "monitor", files });
    const found = dryRun(compiled, recordedWithHeld(profile));
    const says = "refusals" in found ? found.refusals.map((refusal) => refusal.says) : [];
    expect(says).toEqual([
      "its own start needs file read /etc/nginx/nginx.conf, and spec.enforcement.files.deniedPaths denies any access of /etc/nginx/**",
    ]);
  });

  it("asks about what waits for a person too: the workload did it", () => {
    const held = learn(profile, [
      {
        fact: "began",
        instance: { id: "a", startedMs: 0 },
        image: "",
        template: "",
        fromStart: true,
        tells: tellings,
      },
    ]);
    const text = "file read /etc/shadow";
    const waits = { entries: new Map([[text, { ...entry, rules: ["x"], actors: [] }]]) };
    expect(dryRun(compiledOf(held), recordedWithHeld({ ...held, held: waits }))).toMatchObject({
      answer: "no",
    });
  });

  it("cannot know of a workload that was only seen at work", () => {
    const atWork = profileOf(["capability CAP_CHOWN"], { init: false, steady: true });
    expect(dryRun(compiledOf(atWork), recordedWithHeld(atWork)).answer).toBe("unknown");
  });
});

it("a policy without words on learning asks for what learning asks for by itself", () => {
  expect(convergenceSettings(policyOf({}).learning)).toEqual(usualConvergence);
});

it("every behaviour that has a need has an act, and its text stays", () => {
  fc.assert(
    fc.property(behaviours, (text) => {
      expect(behaviourText(parsed(text))).toBe(text);
      expect(actOf(parsed(text)) === undefined).toBe(text.startsWith("network dns"));
    }),
  );
});
