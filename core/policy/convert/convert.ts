/** From the other dialects of PahlevanPolicy to this one, and what could not be carried over. */
import { isPlain, outOfBounds } from "../bounds.ts";
import { parsePolicy, type Facts, type Reading } from "../parse.ts";
import { apiVersion, kind } from "../schema/policy.ts";
import { profileAsSpec } from "./container-profile.ts";
import { filled, type Draft } from "./draft.ts";
import { enforcementOf } from "./enforcement.ts";
import { healingOf } from "./healing.ts";
import { learningOf } from "./learning.ts";
import { observabilityOf } from "./observability.ts";
import { Source, type Remark } from "./source.ts";

export interface Names extends Facts {
  /** Of x86_64. */
  readonly syscallName: (number: number) => string | undefined;
}

export interface Conversion {
  readonly document: Draft;
  readonly remarks: readonly Remark[];
  /** Of what was written: a conversion is no better than what it was made of. */
  readonly reading: Reading;
}

export function convertPolicy(document: unknown, names: Names): Conversion {
  const outside = outOfBounds(document);
  if (outside) {
    return { document: {}, remarks: [], reading: { name: "(unnamed)", problems: [outside] } };
  }
  const root = new Source(document);
  const isProfile = root.take("kind") === "ContainerProfile";
  root.take("apiVersion");
  const metadata = metadataOf(root.within("metadata"));
  const spec = isProfile ? profileAsSpec(root, names) : specOf(root.within("spec"), names);
  if (!isProfile) loseLearned(root);
  const written = { apiVersion, kind, metadata, spec };
  if (!isProfile) root.loseTheRest();
  return { document: written, remarks: root.remarks, reading: parsePolicy(written, names) };
}

function specOf(spec: Source, names: Names): Draft {
  const selector = spec.within("selector");
  const draft = {
    selector: filled({
      matchLabels: selector.take("matchLabels"),
      matchExpressions: selector.take("matchExpressions"),
    }),
    ...filled({
      learning: learningOf(spec),
      enforcement: enforcementOf(spec, names),
      selfHealing: healingOf(spec),
      observability: observabilityOf(spec),
      webhooks: spec.take("webhooks"),
    }),
  };
  selector.loseEach({ namespaceSelector: "a policy rules its own namespace only" });
  spec.loseEach({ attackSurface: "the attack surface is always watched" });
  return draft;
}

const ofServer = new Set([
  ...["creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers"],
  ...["generateName", "generation", "managedFields", "ownerReferences", "resourceVersion"],
  ...["selfLink", "uid"],
]);

function metadataOf(source: Source): Draft {
  for (const name of ofServer) source.take(name);
  const annotations = source.take("annotations");
  // kubectl keeps the old dialect in there.
  const { "kubectl.kubernetes.io/last-applied-configuration": _, ...others } = isPlain(annotations)
    ? annotations
    : {};
  return filled({
    name: source.take("name"),
    namespace: source.take("namespace"),
    labels: source.take("labels"),
    annotations: others,
  });
}

/** A status is nobody's wish, but what was learned is worth a word. */
function loseLearned(root: Source): void {
  const status = root.take("status");
  if (isPlain(status) && status["learnedProfile"] !== undefined) {
    root.lose(["status", "learnedProfile"], "what was learned is learned anew");
  }
}
