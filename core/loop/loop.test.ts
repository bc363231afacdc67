/** The loop's life, as stories. */
import { describe, expect, it } from "vitest";
import {
  at,
  denialOf,
  hour,
  instances,
  minute,
  policyOf,
  settled,
  signalOf,
  worldOf,
} from "../../test/sim/loop/made.ts";
import { enforcing, holdsOf } from "./holding.ts";
import { beginning, type Loop } from "./loop.ts";
import { nextOf } from "./next.ts";
import { savedLoop } from "./saved.ts";
import { usualSettings } from "./settings.ts";
import { isFor as isForPlace, type Signal } from "./signal.ts";
import type { World } from "./world.ts";

const learning = { ...worldOf().learning, converged: false, waitsFor: "40 %: file" };
const wrong = denialOf({ on: 10 });
const lastly = (loop: Loop) => loop.transitions.at(-1);
const over = (signal: Signal): Signal => ({ ...signal, status: "resolved" });

const savedAndRead = (loop: Loop) => savedLoop.parse(JSON.parse(JSON.stringify(loop)));

/** What is true at each time, one after the other. */
function through(
  loop: Loop,
  ...acts: readonly { readonly world: Partial<World>; readonly signals?: readonly Signal[] }[]
): Loop {
  return acts.reduce((now, { world, signals }) => settled(now, worldOf(world), signals).loop, loop);
}

describe("to enforcing", () => {
  it("a workload is learned, then one instance enforces, then more, then all", () => {
    const steps: (readonly [string, number])[] = [];
    let loop = through(beginning(0), { world: { learning } });
    for (let nowMs = minute; nowMs < hour && loop.phase !== "Enforcing"; nowMs += minute) {
      const world = worldOf({ nowMs });
      loop = settled(loop, world).loop;
      const step = [loop.phase, enforcing(holdsOf(loop, world))] as const;
      if (steps.at(-1)?.join() !== step.join()) steps.push(step);
    }
    expect(steps).toEqual([
      ["Canary", 1],
      ["Canary", 5],
      ["Canary", 10],
      ["Enforcing", 10],
    ]);
  });

  it("who is not in the canary is watched by the same tables", () => {
    const world = worldOf();
    const holds = [...holdsOf(at("Canary"), world).values()];
    expect(holds.toSorted()).toEqual(["enforced", ...holds.slice(1).map(() => "watched")]);
  });

  it("a single instance has nothing to be compared with, and enforces at once", () => {
    const { loop } = settled(at("Learning"), worldOf({ instances: instances(1) }));
    expect(loop.phase).toBe("Enforcing");
  });

  it("a service of which none runs has nothing to be compared with either", () => {
    const world = worldOf({ instances: [], alone: true });
    expect(settled(at("Learning"), world).loop.phase).toBe("Enforcing");
  });

  it("where nobody lives the canary's first step begins with the first who does", () => {
    const steps: (readonly [number, string])[] = [];
    let loop = settled(at("Learning"), worldOf({ instances: [] })).loop;
    for (let nowMs = hour; nowMs <= 2 * hour && loop.phase === "Canary"; nowMs += minute) {
      const some = nowMs < hour + 3 * minute ? [] : instances(1);
      loop = settled(savedAndRead(loop), worldOf({ nowMs, instances: some })).loop;
      steps.push([(nowMs - hour) / minute, loop.phase]);
    }
    expect(steps.slice(-2)).toEqual([
      [7, "Canary"],
      [8, "Enforcing"],
    ]);
  });

  it("a first step that is all of them leaves nobody out, wherever nobody lives", () => {
    const enforcement = { mode: "enforce", blockUnknown: true, canary: { steps: ["100%"] } };
    const world = worldOf({ instances: [], policy: policyOf({ enforcement }) });
    expect(settled(at("Learning"), world).loop.phase).toBe("Enforcing");
  });

  it("who has no name yet may be the control: alerts wait, and an operator begins a canary", () => {
    const world = { instances: instances(1), unnamed: 1 };
    const waiting = through(at("Learning"), { world, signals: [signalOf("promote")] });
    expect(waiting.phase).toBe("Learning");
    const { waitsFor } = nextOf(waiting, worldOf(world), usualSettings)[0] ?? {};
    expect(waitsFor).toEqual(["1 instance to be named"]);
    const signals = [signalOf("promote", "operator")];
    expect(through(at("Learning"), { world, signals }).phase).toBe("Canary");
    expect(through(waiting, { world: { instances: instances(1) } }).phase).toBe("Enforcing");
  });

  it("without autoTransition an alert promotes, and says so", () => {
    const policy = policyOf({ learning: { autoTransition: false } });
    const waiting = through(at("Learning"), { world: { policy } });
    expect(waiting.phase).toBe("Review");
    const alert = signalOf("promote", "alertmanager", { url: "http://prometheus/graph" });
    const loop = through(waiting, { world: { policy }, signals: [alert] });
    expect(loop.phase).toBe("Canary");
    expect(lastly(loop)?.cause).toEqual(
      expect.objectContaining({
        source: "alertmanager",
        fingerprint: alert.fingerprint,
        url: alert.url,
      }),
    );
  });

  it("what is not learned is not promoted by any alert, and the alert waits", () => {
    const alert = signalOf("promote");
    const early = through(at("Learning"), { world: { learning }, signals: [alert] });
    expect(early.phase).toBe("Learning");
    const policy = policyOf({ learning: { autoTransition: true } });
    expect(through(early, { world: { policy } }).phase).toBe("Canary");
  });

  it("a policy that would deny its own workload waits for a person, who cannot force it either", () => {
    const trial = { answer: "no", says: "refused: its start needs /etc/x" } as const;
    const refused = { ...worldOf().learning, trial, own: trial };
    const loop = through(at("Learning"), { world: { learning: refused } });
    expect(loop.phase).toBe("Review");
    const forced = through(loop, {
      world: { learning: refused },
      signals: [signalOf("promote", "operator")],
    });
    expect(forced.phase).toBe("Review");
    expect(forced.alerts.at(-1)?.answer).toContain("/etc/x");
  });

  it("the canary goes no further while its instances fail more than the others", () => {
    const world = { nowMs: 6 * minute, failed: { enforced: 1, watched: 0 } };
    expect(through(at("Canary"), { world }).step).toBe(0);
    expect(through(at("Canary"), { world: { nowMs: 6 * minute } }).step).toBeGreaterThan(0);
  });

  it("the canary goes no further while nobody lives", () => {
    const world = { nowMs: 6 * minute, instances: [] };
    expect(through(at("Canary"), { world, signals: [signalOf("advance")] }).phase).toBe("Canary");
  });

  it("an alert that still says 'learned' does not push the canary on", () => {
    const alert = signalOf("promote");
    const loop = through(
      at("Learning"),
      { world: {}, signals: [alert] },
      { world: { nowMs: 1 }, signals: [alert] },
    );
    expect([loop.phase, loop.step]).toEqual(["Canary", 0]);
  });
});

describe("while a person looks at a policy", () => {
  const holdsAfter = (loop: Loop) => new Set(holdsOf(loop, worldOf()).values());

  it("that only waits to be promoted, what it denies by name stays denied", () => {
    const policy = policyOf({ learning: { autoTransition: false } });
    const loop = through(at("Learning"), { world: { policy } });
    expect([loop.phase, ...holdsAfter(loop)]).toEqual(["Review", "watched"]);
  });

  it("that denies the workload its own work, nothing is refused until it is edited", () => {
    const no = { answer: "no", says: "refused: its start needs /etc/x" } as const;
    const refused = { ...worldOf().learning, trial: no, own: no };
    const loop = through(at("Enforcing"), { world: { learning: refused } });
    expect([loop.phase, ...holdsAfter(loop)]).toEqual(["Review", "off"]);
    const policy = policyOf({ learning: { autoTransition: false } });
    expect([...holdsAfter(through(loop, { world: { policy } }))]).toEqual(["watched"]);
  });
});

describe("without a heartbeat", () => {
  const frozen = { heartbeat: "missing" } as const;

  it("nothing is promoted, and goes on when it is back", () => {
    const loop = through(at("Learning"), { world: frozen });
    expect(loop.phase).toBe("Learning");
    expect(nextOf(loop, worldOf(frozen), usualSettings)[0]?.waitsFor.join()).toContain("heartbeat");
    expect(through(loop, { world: { heartbeat: "heard" } }).phase).toBe("Canary");
  });

  it("the node's own guard still heals", () => {
    const changed = { atMs: 0, what: "a new template came" };
    const loop = through(at("Enforcing"), { world: { ...frozen, changed, denials: [wrong] } });
    expect([loop.phase, lastly(loop)?.cause.source]).toEqual(["Healing", "guard"]);
  });
});

describe("a policy that was wrong", () => {
  const changed = { atMs: 0, what: "a new template came" };
  const hurt = { changed, denials: [wrong] };
  const healing = through(at("Enforcing"), { world: hurt });

  it("lets through what was at fault and nothing else, for a day, and keeps enforcing", () => {
    expect(healing.healing?.remedy).toBe("admit");
    expect(healing.candidates.map(({ behaviour }) => behaviour)).toEqual([wrong.behaviour]);
    expect(enforcing(holdsOf(healing, worldOf()))).toBe(10);
    const later = through(healing, { world: { nowMs: 2 * minute } });
    expect([later.phase, later.candidates.length]).toEqual(["Enforcing", 1]);
    const tomorrow = through(later, { world: { nowMs: 25 * hour } });
    expect([tomorrow.phase, tomorrow.candidates.length]).toEqual(["Enforcing", 0]);
  });

  it("gets the next remedy when the symptom stays, until nothing is enforced", () => {
    let loop = healing;
    const tried: string[] = [];
    for (let nowMs = 0; nowMs < hour && loop.phase === "Healing"; nowMs += minute) {
      tried.push(loop.healing?.remedy ?? "");
      const denials = [{ ...wrong, lastMs: nowMs }];
      loop = through(loop, { world: { nowMs, changed, denials } });
    }
    expect([...new Set(tried)]).toEqual(["admit", "facet", "step", "monitor"]);
    expect(loop.phase).toBe("Learning");
  });

  it("that hurts the same way twice has the behaviour proposed for good", () => {
    const nowMs = 26 * hour;
    const healed = through(healing, { world: { nowMs: 2 * minute } });
    const again = {
      nowMs,
      changed: { atMs: nowMs, what: "it" },
      denials: [{ ...wrong, lastMs: nowMs }],
    };
    const { effects } = settled(healed, worldOf(again));
    expect(effects).toContainEqual({ do: "propose", behaviours: [wrong.behaviour] });
  });

  it("is healed on when the clock was ahead meanwhile and is put right", () => {
    const ahead = through(at("Enforcing"), {
      world: { nowMs: 48 * hour, changed: { atMs: 48 * hour, what: "it" }, denials: [wrong] },
    });
    expect(ahead.phase).toBe("Healing");
    const right = through(
      ahead,
      { world: { nowMs: hour } },
      { world: { nowMs: hour + 2 * minute } },
      { world: { nowMs: 26 * hour } },
    );
    expect([right.phase, right.candidates.length]).toEqual(["Enforcing", 0]);
  });

  it("is stopped at once where its strategy is 'emergency'", () => {
    const policy = policyOf({ selfHealing: { strategy: "emergency" } });
    const loop = through(at("Enforcing"), { world: { ...hurt, policy } });
    expect(enforcing(holdsOf(loop, worldOf()))).toBe(0);
  });

  it("is only told of where healing is off", () => {
    const policy = policyOf({ selfHealing: { enabled: false } });
    expect(through(at("Enforcing"), { world: { ...hurt, policy } }).phase).toBe("Enforcing");
  });
});

describe("a rollback", () => {
  const slo = signalOf("rollback", "alertmanager", { by: "WebErrorRatio" });
  const moved = through(at("Canary", { step: 2 }), {
    world: {},
    signals: [signalOf("advance", "operator")],
  });

  it("re-sent three times moves the loop once", () => {
    const once = through(moved, { world: { nowMs: 1 }, signals: [slo] });
    expect(once.phase).toBe("Healing");
    const thrice = through(once, { world: { nowMs: 1 }, signals: [slo, slo] });
    expect(thrice).toEqual(once);
  });

  it("that goes on firing when nothing is enforced any more opens nothing, and asks", () => {
    for (const strategy of ["gradual", "emergency", "relearn", "intelligent"] as const) {
      const policy = policyOf({ selfHealing: { strategy } });
      let loop = through(moved, { world: { nowMs: 1, policy }, signals: [slo] });
      for (let nowMs = minute; nowMs < 2 * hour; nowMs += minute)
        loop = through(loop, { world: { nowMs, policy } });
      const holds = new Set(holdsOf(loop, worldOf({ policy })).values());
      expect([loop.phase, ...holds]).toEqual(["RolledBack", "watched"]);
    }
  });

  it("that goes on firing when what was at fault is refused no more opens nothing", () => {
    for (const strategy of ["gradual", "emergency", "intelligent"] as const) {
      const policy = policyOf({ selfHealing: { strategy } });
      const denials = [denialOf({ on: 10 })];
      let loop = through(moved, { world: { nowMs: 1, policy, denials }, signals: [slo] });
      expect(loop.healing?.faults).toEqual([denials[0]?.behaviour]);
      for (let nowMs = minute; nowMs < 2 * hour; nowMs += minute)
        loop = through(loop, { world: { nowMs, policy } });
      expect(loop.phase).toBe("RolledBack");
    }
  });

  it("goes on to monitor where the alert fires on, and comes back when it is over", () => {
    let loop = through(moved, { world: { nowMs: 1 }, signals: [slo] });
    for (let nowMs = minute; loop.phase === "Healing" && nowMs < hour; nowMs += minute) {
      // Nothing but the policy's being off helps.
      const signals = loop.before?.phase === "RolledBack" ? [over(slo)] : [];
      loop = through(loop, { world: { nowMs }, signals });
      if (loop.phase === "RolledBack") expect(enforcing(holdsOf(loop, worldOf()))).toBe(0);
    }
    expect(loop.phase).toBe("RolledBack");
    const back = through(loop, { world: { nowMs: 2 * hour } });
    expect([back.phase, back.step]).toEqual(["Canary", 0]);
  });

  it("by an operator is taken back step by step, and stays until an operator says so", () => {
    const ask = (nowMs: number) =>
      signalOf("rollback", "operator", { fingerprint: `r${nowMs}`, startsAtMs: nowMs });
    const some = through(at("Enforcing"), { world: {}, signals: [ask(1)] });
    expect([some.phase, enforcing(holdsOf(some, worldOf()))]).toEqual(["Canary", 5]);
    const none = through(some, { world: {}, signals: [ask(2)] }, { world: {}, signals: [ask(3)] });
    expect(none.phase).toBe("RolledBack");
    expect(through(none, { world: { nowMs: 48 * hour } }).phase).toBe("RolledBack");
    const again = through(none, { world: {}, signals: [signalOf("promote", "operator")] });
    expect(again.phase).toBe("Canary");
  });

  it("comes back three times a day by itself, and then asks", () => {
    const back = at("RolledBack", {
      returns: [1, 2, 3],
      before: { phase: "RolledBack", step: 0, causes: ["denials"] },
    });
    expect(through(back, { world: { nowMs: hour } }).phase).toBe("RolledBack");
    expect(through(back, { world: { nowMs: 25 * hour } }).phase).toBe("Canary");
  });

  it("that too many others had just before waits", () => {
    const room = { looser: false, tighter: true };
    expect(through(moved, { world: { nowMs: 1, room }, signals: [slo] }).phase).toBe("Canary");
    expect(
      through(moved, { world: { nowMs: 1, room }, signals: [slo] }, { world: { nowMs: 2 } }).phase,
    ).toBe("Healing");
  });
});

describe("sideways", () => {
  it("whoever may not pull a lever is refused, and the answer says so", () => {
    const { loop, effects } = settled(at("Enforcing"), worldOf(), [signalOf("relearn", "datadog")]);
    expect(loop.phase).toBe("Enforcing");
    expect(effects).toContainEqual(
      expect.objectContaining({
        do: "answer",
        outcome: "refused",
        says: "datadog may not relearn",
      }),
    );
  });

  it("a quarantine locks in whom the verdict names, holds the others as they were, and ends by a person", () => {
    const bad = denialOf({
      behaviour: "file read /etc/shadow",
      sensitive: "hashes",
      oddity: 1,
      instances: ["i3"],
    });
    const { loop, effects } = settled(at("Enforcing"), worldOf({ denials: [bad] }));
    const holds = holdsOf(loop, worldOf());
    expect([holds.get("i3"), holds.get("i4")]).toEqual(["quarantined", "enforced"]);
    expect(effects).toContainEqual(expect.objectContaining({ do: "page" }));
    expect(through(loop, { world: { nowMs: 48 * hour } }).phase).toBe("Quarantine");
    const back = through(loop, { world: {}, signals: [signalOf("resume", "operator")] });
    expect(back.phase).toBe("Enforcing");
  });

  it("a workload that somebody quarantines by name reaches nobody, wherever it was", () => {
    for (const phase of ["Learning", "RolledBack", "Suspended"] as const) {
      const loop = through(at(phase), { world: {}, signals: [signalOf("quarantine", "grafana")] });
      expect([...holdsOf(loop, worldOf()).values()].every((hold) => hold === "quarantined")).toBe(
        true,
      );
    }
  });

  it("what was rolled back before a quarantine is rolled back after it", () => {
    const rolled = at("RolledBack", {
      before: { phase: "RolledBack", step: 0, causes: ["denials"] },
    });
    const loop = through(
      rolled,
      { world: {}, signals: [signalOf("quarantine", "operator")] },
      { world: { nowMs: 1 }, signals: [signalOf("resume", "operator")] },
    );
    expect(loop.phase).toBe("RolledBack");
  });

  it("who is suspended stays held as he was, and nothing but a person moves him", () => {
    const loop = through(at("Canary"), { world: {}, signals: [signalOf("suspend", "operator")] });
    expect(loop.phase).toBe("Suspended");
    expect(holdsOf(loop, worldOf())).toEqual(holdsOf(at("Canary"), worldOf()));
    const later = through(loop, {
      world: { nowMs: hour, denials: [wrong] },
      signals: [signalOf("rollback")],
    });
    expect(later.phase).toBe("Suspended");
    expect(
      through(later, {
        world: {},
        signals: [over(signalOf("rollback")), signalOf("resume", "operator")],
      }).phase,
    ).toBe("Canary");
  });

  it("an operator ends what an alert asks for on and on, also one that came later", () => {
    const resume = signalOf("resume", "operator", { fingerprint: "r" });
    const attack = [signalOf("quarantine"), signalOf("quarantine", "grafana")];
    const locked = through(at("Enforcing"), { world: {}, signals: attack });
    expect(through(locked, { world: {}, signals: [resume] }).phase).toBe("Enforcing");
    const all = [signalOf("emergency"), signalOf("emergency", "grafana")];
    const open = through(at("Enforcing"), { world: {}, signals: all });
    expect(through(open, { world: {}, signals: [resume] }).phase).toBe("Enforcing");
  });

  it("what was rolled back waits for every alert that says that it suffers", () => {
    const [first, second] = [signalOf("rollback"), signalOf("rollback", "datadog")];
    const before = { phase: "RolledBack", step: 0, causes: ["denials"] } as const;
    const loop = through(
      at("RolledBack", { before }),
      { world: {}, signals: [first] },
      { world: { nowMs: hour }, signals: [over(first), second] },
    );
    expect(through(loop, { world: { nowMs: 2 * hour } }).phase).toBe("RolledBack");
    const calm = through(
      loop,
      { world: { nowMs: 2 * hour }, signals: [over(second)] },
      { world: { nowMs: 3 * hour } },
    );
    expect(calm.phase).toBe("Canary");
  });

  describe("one upon the other", () => {
    const asks = (...kinds: readonly Signal["kind"][]) =>
      kinds.map((kind, nowMs) => ({
        world: { nowMs },
        signals: [signalOf(kind, "operator", { fingerprint: `${kind} ${nowMs}` })],
      }));
    const emergency = [signalOf("emergency"), signalOf("emergency", "grafana")];
    const locked = at("Quarantine", {
      before: { phase: "Enforcing", step: 0, causes: [] },
      quarantined: ["i3"],
    });

    it("who is suspended stays held as he was, in a quarantine or in an emergency", () => {
      const held = through(locked, ...asks("suspend"));
      expect(holdsOf(held, worldOf())).toEqual(holdsOf(locked, worldOf()));
      const open = through(at("Enforcing"), ...asks("emergency", "suspend"));
      expect(new Set(holdsOf(open, worldOf()).values())).toEqual(new Set(["off"]));
    });

    it("an emergency that is over by itself leaves in quarantine who was in it", () => {
      const loop = through(
        locked,
        { world: {}, signals: emergency },
        { world: { nowMs: hour }, signals: emergency.map(over) },
        { world: { nowMs: 2 * hour } },
      );
      expect([loop.phase, holdsOf(loop, worldOf()).get("i3")]).toEqual([
        "Quarantine",
        "quarantined",
      ]);
    });

    it("each ends by what ends it, down to where it all began", () => {
      const kinds = ["suspend", "quarantine", "emergency", "resume", "resume", "resume"] as const;
      const phases = kinds.map(
        (_, end) => through(at("Canary"), ...asks(...kinds.slice(0, end + 1))).phase,
      );
      expect(phases).toEqual([
        "Suspended",
        "Quarantine",
        "Emergency",
        "Quarantine",
        "Suspended",
        "Canary",
      ]);
    });

    it("the same again and again is remembered once, and whoever was locked in stays so", () => {
      const again = [
        ...asks("suspend", "emergency", "suspend", "emergency", "quarantine", "suspend"),
      ];
      const loop = through(locked, ...again);
      expect(loop.before?.before?.before?.before).toBeUndefined();
      expect(holdsOf(loop, worldOf()).get("i3")).toBe("quarantined");
    });
  });

  it("an operator's emergency over one of alerts ends by an operator alone", () => {
    const asked = [signalOf("emergency"), signalOf("emergency", "grafana")];
    const loop = through(
      at("Enforcing"),
      { world: {}, signals: asked },
      { world: { nowMs: minute }, signals: [signalOf("emergency", "operator", { target: {} })] },
      { world: { nowMs: hour }, signals: asked.map(over) },
      { world: { nowMs: 2 * hour } },
    );
    expect(loop.phase).toBe("Emergency");
    const end = signalOf("resume", "operator", { target: {}, all: true });
    expect(through(loop, { world: { nowMs: 2 * hour }, signals: [end] }).phase).toBe("Enforcing");
  });

  it("who ends all emergencies ends no quarantine, no suspension and no rollback", () => {
    const end = signalOf("resume", "operator", { target: {}, all: true });
    const before = { phase: "Enforcing", step: 0, causes: [] } as const;
    for (const phase of ["Quarantine", "Suspended", "RolledBack", "Enforcing"] as const) {
      const { loop, effects } = settled(at(phase, { before }), worldOf(), [end]);
      expect([loop.phase, effects]).toEqual([
        phase,
        [expect.objectContaining({ do: "answer", outcome: "ignored" })],
      ]);
    }
    const isFor = (all: boolean) => isForPlace({ ...end, all }, worldOf().place);
    expect([isFor(true), isFor(false)]).toEqual([true, false]);
  });

  it("an emergency refuses nothing, and is over when all who asked for it say so", () => {
    const asked = [signalOf("emergency"), signalOf("emergency", "grafana")];
    const loop = through(at("Enforcing"), { world: {}, signals: asked });
    expect(enforcing(holdsOf(loop, worldOf()))).toBe(0);
    const half = through(loop, { world: { nowMs: hour }, signals: asked.slice(1).map(over) });
    expect(half.phase).toBe("Emergency");
    const whole = through(
      half,
      { world: { nowMs: hour }, signals: asked.map(over) },
      { world: { nowMs: 2 * hour } },
    );
    expect(whole.phase).toBe("Enforcing");
  });
});
