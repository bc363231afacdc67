/** learningConfig and learning, in all the ways they were written. */
import { filled, type Draft } from "./draft.ts";
import type { Source } from "./source.ts";

const same = [
  ...["enabled", "duration", "minSamples", "autoTransition", "lifecycleAware"],
  ...["quietPeriod", "minInstances", "maxUnseenMass"],
] as const;

const perFacet = "every facet is learned whole; its sampling cannot be set";

export function learningOf(spec: Source): Draft {
  const isOld = spec.has("learningConfig");
  const source = spec.within(isOld ? "learningConfig" : "learning");
  const draft: Draft = {};
  for (const name of same) draft[name] = source.take(name);
  const quiet = source.take("stabilizationWindow");
  if (quiet !== undefined) {
    draft["quietPeriod"] = quiet;
    source.change(["stabilizationWindow"], "is quietPeriod now: the time without anything new");
  }
  const confidence = source.take("confidence");
  if (typeof confidence === "number" && confidence >= 0 && confidence <= 1) {
    draft["maxUnseenMass"] = Math.round((1 - confidence) * 1e9) / 1e9;
    source.change(["confidence"], "is maxUnseenMass now: 1 less the confidence, as estimated");
  } else if (confidence !== undefined) {
    source.lose(["confidence"], "is no number from 0 to 1");
  }
  source.loseEach({
    windowSize: "learning has one window, from its begin; quietPeriod says when it may end",
    initialWindow: "learning has one window, from its begin; duration is its least",
    maxSamples: "learning ends by its gates, not by a count",
    aggressive: "the gates say how much is enough: minSamples, quietPeriod, maxUnseenMass",
    strictMode: "the gates say how much is enough: minSamples, quietPeriod, maxUnseenMass",
    syscalls: perFacet,
    network: perFacet,
    files: perFacet,
  });
  return filled(draft);
}
