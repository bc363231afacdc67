/** The summary of a run for people. */
import type { Directory, Loss, Summary } from "../../sense/summary.ts";
import type { Paint } from "./colour.ts";
import { safe, shortened } from "./safe.ts";

export interface Ended {
  readonly name: string;
  readonly seconds: number;
  /** "exit code 0", "SIGKILL" */
  readonly how: string;
}

const columns = 100;
const label = 14;
const directoriesShown = 15;
const linesShown = 12;

export function summaryText(ended: Ended, summary: Summary, loss: Loss, paint: Paint): string {
  const { programs, files, endpoints, names, syscalls, capabilities, credentials } = summary;
  const many = (list: readonly string[]) => limited(list.map(safe), linesShown);
  const programLines = programs.map(({ path, args }) =>
    args === undefined || args.length < 2 ? path : `${path}  ${args.slice(1).join(" ")}`,
  );
  const rows: (readonly [name: string, lines: readonly string[]])[] = [
    ["programs", many(programLines)],
    ["files", limited(files.map(directoryLine), directoriesShown)],
    ["network", many(endpoints)],
    ["names asked", many(names)],
    ["system calls", wrapped(syscalls.map(({ name, count }) => name + times(count)))],
    ["capabilities", wrapped(capabilities.map(({ name, count }) => name + times(count)))],
    ["became", many(credentials)],
    ["other", many(summary.other.map(({ facet, object }) => `${facet}: ${object}`))],
  ];
  const title = `── what ${safe(ended.name)} did: ${ended.seconds.toFixed(1)} s, ${ended.how} `;
  const lines = [paint("bold", title.padEnd(columns, "─"))];
  for (const [name, texts] of rows) {
    texts.forEach((text, index) => {
      lines.push(
        paint("cyan", (index === 0 ? name : "").padEnd(label)) + shortened(text, columns - label),
      );
    });
  }
  if (summary.unclear > 0) {
    lines.push(
      paint("yellow", `${summary.unclear} names were cut or could not be resolved in full`),
    );
  }
  if (summary.omitted > 0) lines.push(paint("yellow", `${summary.omitted} further facts left out`));
  lines.push(...lossLines(loss, paint));
  return `${lines.join("\n")}\n`;
}

function directoryLine(counts: Directory): string {
  const { directory, read, written, executed, created, deleted, changed } = counts;
  const done = { read, written, executed, created, deleted, changed };
  const parts = Object.entries(done).flatMap(([word, n]) => (n > 0 ? [`${n} ${word}`] : []));
  return `${shortened(safe(directory), 56).padEnd(40)}  ${parts.join(", ")}`;
}

/** The kernel's counts stop at 255. */
function times(count: number): string {
  return count === 1 ? "" : count >= 255 ? "×255+" : `×${count}`;
}

function limited(lines: readonly string[], most: number): readonly string[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most), `… and ${lines.length - most} more (-o json has them all)`];
}

function wrapped(words: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > columns - label) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function lossLines({ nothing, reasons, ...totals }: Loss, paint: Paint): string[] {
  const { generated, delivered, aggregated, dropped } = totals;
  if (!nothing) {
    return ["this is not everything:", ...reasons.map((reason) => `  ${reason}`)].map((line) => {
      return paint("red", line);
    });
  }
  const sum = `${generated} = ${delivered} told + ${aggregated} counted`;
  const elsewhere = dropped > 0 ? ` + ${dropped} of other workloads dropped` : "";
  return [paint("green", `nothing was lost (facts on this host meanwhile: ${sum}${elsewhere})`)];
}
