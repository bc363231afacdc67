/** Tags as Datadog keeps them: it would change others on its own, and two might become one. */
import type { Line } from "../record.ts";

const mostCharacters = 200;

/** Lower case; letters, digits and `_-:./`; begins with a letter. Empty where nothing is left. */
export function tagOf(text: string): string {
  const kept = text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_\-:./]+/gu, "_")
    .replace(/^[^\p{L}]+/u, "");
  return Array.from(kept)
    .slice(0, mostCharacters)
    .join("")
    .replace(/[_:]+$/, "");
}

/** In their order, each once; a tag without a value says nothing. */
export function tagsOf(labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels).flatMap(([name, value]) =>
    value === "" ? [] : [tagOf(`${name}:${value}`)],
  );
}

export function eachOnce(...tags: readonly (readonly string[])[]): string[] {
  return [...new Set(tags.flat().filter((tag) => tag !== ""))];
}

/** What a record is about, by the words that metrics have, and by those of Datadog itself. */
export function tagsOfRecord(line: Line): string[] {
  const { namespace, workload, policy, event } = line;
  const placed = { event, namespace, workload, policy };
  if (!("facet" in line)) return tagsOf(placed);
  const { facet, action, mode, tier, pod, container } = line;
  return tagsOf({
    ...placed,
    ...{ facet, action, mode, tier },
    ...(pod !== undefined && { pod_name: pod, kube_namespace: namespace }),
    ...(container && { container_id: container.id, container_name: container.name }),
  });
}
