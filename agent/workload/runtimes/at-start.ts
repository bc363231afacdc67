/** What is known of a container while its runtime starts it, without asking the runtime. */
import { containersStorageSource } from "./containers-storage.ts";
import { factsOfBundle, isPodmans } from "./oci-state.ts";
import type { ContainerFacts } from "./source.ts";

export async function factsAtStart(
  id: string,
  annotations: Readonly<Record<string, string>>,
  storage = containersStorageSource(),
): Promise<ContainerFacts> {
  const facts = factsOfBundle(id, annotations, "runc");
  if (!isPodmans(annotations)) return facts;
  // Its bundle has neither; its labels are nowhere but in its own store, and told after the start.
  const question = { id, level: "" };
  const stored = await storage.find(question, new AbortController().signal).catch(() => undefined);
  const { name = facts.name, image = facts.image } = stored ?? {};
  return { ...facts, name, image, final: false };
}
