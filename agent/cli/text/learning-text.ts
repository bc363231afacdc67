/** How far learning is, for people: what is complete, and what the rest waits for. */
import { facetsText } from "@pahlevan/core/profile/progress.ts";
import type { LearningReport } from "../../learn/report.ts";
import { wrapped } from "./wrapped.ts";

export function learningLines(
  { told }: Pick<LearningReport, "told">,
  columns: number,
): readonly string[] {
  return told.flatMap((progress) => {
    const [first = "", ...rest] = wrapped(
      `${facetsText(progress)}: ${progress.words}`.split(" "),
      columns,
    );
    return [first, ...rest.map((line) => `  ${line}`)];
  });
}
