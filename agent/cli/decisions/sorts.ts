/** What `--event` may name, and the events that each of them is. */

const eventsBySort: Readonly<Record<string, readonly string[]>> = {
  decision: ["pahlevan.decision"],
  transition: ["pahlevan.loop.transition"],
  notice: ["pahlevan.loop.notice"],
  converged: ["pahlevan.profile.converged"],
  first_seen: ["pahlevan.behaviour.first_seen", "pahlevan.behaviour.seen"],
  instance: ["pahlevan.instance.started", "pahlevan.instance.ended"],
};

export const sortNames: readonly string[] = [...Object.keys(eventsBySort), "all"];

/** Undefined: all of them. The words were judged with the command line. */
export function eventsOf(sorts: readonly string[]): readonly string[] | undefined {
  if (sorts.includes("all")) return undefined;
  const named = sorts.length === 0 ? ["decision"] : sorts;
  return named.flatMap((sort) => eventsBySort[sort] ?? []);
}
