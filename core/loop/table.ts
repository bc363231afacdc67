/**
 * Every transition of the loop. Of the rows that speak of a phase and a signal, the first whose
 * conditions all hold is taken; where none holds, the first one's reason is the answer.
 */
import type { ConditionName } from "./conditions.ts";
import { phases, type Phase } from "./phase.ts";
import type { SignalKind } from "./signal.ts";

export interface Row {
  readonly from: readonly Phase[];
  /** `look`: no signal; what is seen is enough. */
  readonly on: SignalKind | "look";
  readonly when: readonly ConditionName[];
  /** `before`: where it came from. */
  readonly to: Phase | "before";
  /** Of the canary. */
  readonly step?: "first" | "next" | "back";
  readonly does: string;
}

const others = (...some: readonly Phase[]) => phases.filter((phase) => !some.includes(phase));
const stricter = ["wouldStart", "named", "heartbeat", "roomTighter"] as const;

export const table: readonly Row[] = [
  {
    from: ["Pending"],
    on: "look",
    when: ["seen", "learns"],
    to: "Learning",
    does: "learning begins",
  },
  {
    from: ["Pending"],
    on: "look",
    when: ["seen", "doesNotLearn", "deniesItsOwnWork"],
    to: "Review",
    does: "the policy would deny the workload its own work: a person has to look",
  },
  {
    from: ["Pending"],
    on: "look",
    when: ["seen", "doesNotLearn", "enforces", "hasControl"],
    to: "Canary",
    step: "first",
    does: "the first instances enforce",
  },
  {
    from: ["Pending"],
    on: "look",
    when: ["seen", "doesNotLearn"],
    to: "Enforcing",
    does: "the policy is in force, in its mode",
  },
  {
    from: ["Learning"],
    on: "promote",
    when: ["learned", ...stricter, "enforces", "hasControl"],
    to: "Canary",
    step: "first",
    does: "the first instances enforce",
  },
  {
    from: ["Learning"],
    on: "promote",
    when: ["learned", ...stricter],
    to: "Enforcing",
    does: "the policy is in force, in its mode",
  },
  {
    from: ["Learning"],
    on: "promote",
    when: ["learned", "wouldNotStart"],
    to: "Review",
    does: "the policy would deny the workload its own work: a person has to look",
  },
  {
    from: ["Learning"],
    on: "look",
    when: ["byHand", "learned"],
    to: "Review",
    does: "learning is complete; a person or an alert has to promote",
  },
  {
    from: ["Review"],
    on: "promote",
    when: ["learned", ...stricter, "enforces", "hasControl"],
    to: "Canary",
    step: "first",
    does: "the first instances enforce",
  },
  {
    from: ["Review"],
    on: "promote",
    when: ["learned", ...stricter],
    to: "Enforcing",
    does: "the policy is in force, in its mode",
  },
  {
    from: ["Review"],
    on: "look",
    when: ["notLearned"],
    to: "Learning",
    does: "something new was seen: learning goes on",
  },
  {
    from: ["Canary"],
    on: "advance",
    when: ["moreSteps", "stepOver", "named", "healthy", "heartbeat", "roomTighter"],
    to: "Canary",
    step: "next",
    does: "more instances enforce",
  },
  {
    from: ["Canary"],
    on: "advance",
    when: ["lastStep", "stepOver", "named", "healthy", "heartbeat", "roomTighter"],
    to: "Enforcing",
    does: "every instance enforces",
  },
  {
    from: ["Canary"],
    on: "promote",
    when: ["byOperator", "moreSteps"],
    to: "Canary",
    step: "next",
    does: "more instances enforce",
  },
  {
    from: ["Canary"],
    on: "promote",
    when: ["byOperator", "lastStep"],
    to: "Enforcing",
    does: "every instance enforces",
  },
  {
    from: ["Canary", "Enforcing"],
    on: "rollback",
    when: ["byOperator", "hasStep", "stepOnly"],
    to: "Canary",
    step: "back",
    does: "fewer instances enforce",
  },
  {
    from: ["Canary", "Enforcing", "Healing"],
    on: "rollback",
    when: ["byOperator"],
    to: "RolledBack",
    does: "no instance enforces what was learned",
  },
  {
    from: ["Canary", "Enforcing", "Healing"],
    on: "rollback",
    when: ["attack", "mayQuarantine", "fewSuspects"],
    to: "Quarantine",
    does: "someone is in: nothing is loosened, and who showed it reaches nobody",
  },
  {
    from: ["Canary", "Enforcing"],
    on: "rollback",
    when: ["policyWrong", "heals", "hasRemedy", "roomLooser"],
    to: "Healing",
    does: "the policy is wrong: the mildest remedy is tried",
  },
  {
    from: ["Canary", "Enforcing"],
    on: "rollback",
    when: ["policyWrong", "doesNotHeal", "hasStep", "stepOnly", "roomLooser"],
    to: "Canary",
    step: "back",
    does: "the policy is wrong: fewer instances enforce",
  },
  {
    from: ["Canary", "Enforcing"],
    on: "rollback",
    when: ["policyWrong", "doesNotHeal", "roomLooser"],
    to: "RolledBack",
    does: "the policy is wrong: no instance enforces what was learned",
  },
  {
    from: ["Canary", "Enforcing"],
    on: "rollback",
    when: ["suffersSinceChange", "heals", "hasRemedy", "roomLooser"],
    to: "Healing",
    does: "the workload suffers since the last step, and nothing says why: the mildest remedy is tried",
  },
  {
    from: ["Canary", "Enforcing"],
    on: "rollback",
    when: ["suffersSinceChange", "doesNotHeal", "hasStep", "stepOnly", "roomLooser"],
    to: "Canary",
    step: "back",
    does: "the workload suffers since the last step: it is taken back",
  },
  {
    from: ["Canary", "Enforcing"],
    on: "rollback",
    when: ["suffersSinceChange", "doesNotHeal", "roomLooser"],
    to: "RolledBack",
    does: "the workload suffers since it is enforced: no instance enforces what was learned",
  },
  {
    from: ["Healing"],
    on: "rollback",
    when: ["policyWrong", "admits", "moreFaults", "roomLooser"],
    to: "Healing",
    does: "more of the same is at fault: it is let through, too",
  },
  {
    from: ["Healing"],
    on: "look",
    when: ["cleared"],
    to: "before",
    does: "the symptom is gone: the remedy stays",
  },
  {
    from: ["Healing"],
    on: "look",
    when: ["windowOver", "hasRemedy"],
    to: "Healing",
    does: "the symptom is still there: the next remedy is tried",
  },
  {
    from: ["Healing"],
    on: "look",
    when: ["windowOver", "noRemedy"],
    to: "RolledBack",
    does: "no remedy has helped: no instance enforces what was learned, and a person is asked",
  },
  {
    from: ["Canary", "Enforcing"],
    on: "look",
    when: ["deniesItsOwnWork"],
    to: "Review",
    does: "as it is now, the policy would deny the workload its own work: a person has to look",
  },
  {
    from: ["Canary", "Enforcing"],
    on: "look",
    when: ["forgotten"],
    to: "Learning",
    does: "nothing is known of it any more: learning begins anew",
  },
  {
    from: ["RolledBack"],
    on: "promote",
    when: ["byOperator", "wouldStart", "enforces", "hasControl"],
    to: "Canary",
    step: "first",
    does: "the first instances enforce again",
  },
  {
    from: ["RolledBack"],
    on: "promote",
    when: ["byOperator", "wouldStart"],
    to: "Enforcing",
    does: "the policy is in force again, in its mode",
  },
  {
    from: ["RolledBack"],
    on: "resume",
    when: ["byItsName", "causesOver", "seldom", "rested", ...stricter, "enforces", "hasControl"],
    to: "Canary",
    step: "first",
    does: "the cause is over: the first instances enforce again",
  },
  {
    from: ["RolledBack"],
    on: "resume",
    when: ["byItsName", "causesOver", "seldom", "rested", ...stricter],
    to: "Enforcing",
    does: "the cause is over: the policy is in force again, in its mode",
  },
  {
    from: ["Learning", "Review", "Canary", "Enforcing", "Healing", "RolledBack"],
    on: "relearn",
    when: ["learns", "changedLately", "wasAtFault", "roomLooser"],
    to: "Learning",
    does: "it is learned again, with what is known of it",
  },
  {
    from: others("Quarantine"),
    on: "quarantine",
    when: ["ownNamesFew"],
    to: "Quarantine",
    does: "it reaches nobody; nothing is ended, what it did is kept",
  },
  {
    from: ["Quarantine"],
    on: "resume",
    when: ["byOperator", "byItsName"],
    to: "before",
    does: "it may reach its peers again",
  },
  {
    from: others("Emergency"),
    on: "emergency",
    when: ["twoSources"],
    to: "Emergency",
    does: "nothing is refused any more, only told",
  },
  {
    from: ["Emergency"],
    on: "resume",
    when: ["causesOver", "seldom", "rested", "heartbeat", "roomTighter"],
    to: "before",
    does: "the emergency is over",
  },
  {
    from: others("Suspended"),
    on: "suspend",
    when: ["byOperator"],
    to: "Suspended",
    does: "the loop stands still; what is in force stays so",
  },
  {
    from: ["Suspended"],
    on: "resume",
    when: ["byOperator", "byItsName"],
    to: "before",
    does: "the loop goes on",
  },
];
