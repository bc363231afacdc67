/**
 * Canary against control: what happens to the instances that enforce, beside what is usual.
 *
 * Usual is what the control instances show at the same time, so that what hits both (a neighbour, a
 * dependency that is down) speaks against neither. Where no control is left (the last step, a
 * single replica) it is what the workload's instances showed in the hour before.
 */
import { span, type Pace } from "./pace.ts";
import {
  byTarget,
  byTargetAnd,
  grown,
  indented,
  lines,
  onTarget,
  onTargetAnd,
  refused,
} from "./promql.ts";
import type { Recording } from "./rule.ts";

const counted = "pahlevan_instance_failures_total";
const violations = "pahlevan_policy_violations_total";

/** The names, so that no rule misspells one. */
export const recorded = {
  enforced: "policy:pahlevan_enforced_instances:sum",
  control: "policy:pahlevan_control_instances:sum",
  failures: (window: string) => `policy:pahlevan_enforced_failures:increase${window}`,
  failuresEach: (window: string) =>
    `policy:pahlevan_enforced_failures_per_instance:increase${window}`,
  usualFailuresEach: (window: string) =>
    `policy:pahlevan_usual_failures_per_instance:increase${window}`,
  denials: (window: string) => `policy:pahlevan_enforced_denials:increase${window}`,
  denialsEach: (window: string) =>
    `policy_facet:pahlevan_enforced_denials_per_instance:increase${window}`,
  usualDenialsEach: (window: string) =>
    `policy_facet:pahlevan_usual_denials_per_instance:increase${window}`,
  harmed: (window: string) => `policy:pahlevan_failures_while_denied:increase${window}`,
};

/** One failure is chance (a node that goes away, a rolling update); two in the window are not. */
const FEWEST_FAILURES = 2;

export function recordings(pace: Pace): Recording[] {
  const [step, reaction] = [span(pace.step), span(pace.reaction)];
  return [
    {
      record: recorded.enforced,
      why: "Instances that a policy holds in enforce mode: during Canary, the canary.",
      expr: `sum ${byTarget} (pahlevan_policy_instances{mode="enforce"}) > 0`,
    },
    {
      record: recorded.control,
      why: "Instances that stay in monitor mode: during Canary, the control.",
      expr: `sum ${byTarget} (pahlevan_policy_instances{mode="monitor"}) > 0`,
    },
    ...[reaction, step].flatMap((window) => failures(window, pace)),
    {
      record: recorded.denials(span(pace.burst)),
      why: `What was denied to enforced instances within ${span(pace.burst)}.`,
      expr: lines(`sum ${byTarget} (`, grown(refused, span(pace.burst)), ")"),
    },
    ...denials(step, pace),
    {
      record: recorded.harmed(reaction),
      why: "Failures of enforced instances that were denied something: harm a policy may have done.",
      expr: lines(
        `${recorded.failures(reaction)} >= ${FEWEST_FAILURES}`,
        `and ${onTarget} sum ${byTarget} (`,
        grown(refused, reaction),
        ") > 0",
      ),
    },
  ];
}

function failures(window: string, pace: Pace): Recording[] {
  return [
    {
      record: recorded.failures(window),
      why: `Failures of enforced instances within ${window}.`,
      expr: lines(
        `sum ${byTarget} (`,
        grown(`${counted}{mode="enforce"}`, window),
        ")",
        `or ${recorded.enforced} * 0`,
      ),
    },
    {
      record: recorded.failuresEach(window),
      why: "The same, for each of them.",
      expr: `${recorded.failures(window)} / ${onTarget} ${recorded.enforced}`,
    },
    {
      record: recorded.usualFailuresEach(window),
      why: "What is usual: the control's failures, else those of the time before, else none.",
      expr: lines(
        "(",
        `  sum ${byTarget} (`,
        indented(grown(`${counted}{mode="monitor"}`, window)),
        `  ) or ${recorded.control} * 0`,
        `) / ${onTarget} ${recorded.control}`,
        "or",
        `sum ${byTarget} (increase(${counted}[${span(pace.past)}] offset ${window}))`,
        `  * ${shareOf(window, pace)} / ${onTarget} ${recorded.enforced}`,
        `or ${recorded.enforced} * 0`,
      ),
    },
  ];
}

function denials(window: string, pace: Pace): Recording[] {
  return [
    {
      record: recorded.denialsEach(window),
      why: `What was denied to each enforced instance within ${window}, by facet.`,
      expr: lines(
        `sum ${byTargetAnd("facet")} (`,
        grown(refused, window),
        `) / ${onTarget} group_left () ${recorded.enforced}`,
      ),
    },
    {
      record: recorded.usualDenialsEach(window),
      why: "What is usual: what would be denied to the control, else what was in the time before.",
      expr: lines(
        `sum ${byTargetAnd("facet")} (`,
        grown(`${violations}{mode="monitor"}`, window),
        `) / ${onTarget} group_left () ${recorded.control}`,
        "or (",
        `  sum ${byTargetAnd("facet")} (increase(${violations}[${span(pace.past)}] offset ${window}))`,
        `    * ${shareOf(window, pace)} / ${onTarget} group_left () ${recorded.enforced}`,
        `  unless ${onTarget} ${recorded.control}`,
        ")",
        `or ${onTargetAnd("facet")} ${recorded.denialsEach(window)} * 0`,
      ),
    },
  ];
}

/** Of what the time before showed, the part that falls to one window: "300 / 3600". */
function shareOf(window: string, { past, step, reaction }: Pace): string {
  return `${window === span(step) ? step : reaction} / ${past}`;
}
