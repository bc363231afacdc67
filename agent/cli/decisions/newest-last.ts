/** The newest of what is asked for, in the order of its time, whatever number of them there is. */
import type { Events } from "../../store/events.ts";
import type { EventPlace } from "../../store/event-reading.ts";
import type { Question } from "./asked.ts";

/** Fewer are kept in memory; of more the first is looked for, and then all are read from there. */
const mostKept = 10_000;

export function* newestLast(
  events: Pick<Events, "read">,
  question: Question,
  most: number | undefined,
): Generator<string> {
  let from: EventPlace | undefined;
  if (most !== undefined) {
    const kept: string[] = [];
    let count = 0;
    for (const { atMs, id, line } of events.read({ ...question, order: "newest" })) {
      from = { atMs, id };
      if (most <= mostKept) kept.push(line);
      if (++count === most) break;
    }
    if (most <= mostKept) {
      yield* kept.reverse();
      return;
    }
    if (from === undefined) return;
  }
  for (const { line } of events.read({ ...question, order: "oldest", from })) yield line;
}
