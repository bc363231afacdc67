/** The summary of a run for people. */
import type { Directory, Loss, Summary } from "../../sense/summary.ts";
import type { Denied } from "../run-held.ts";
import type { RunLearned } from "../run-learning.ts";
import type { Paint } from "./colour.ts";
import { learningLines } from "./learning-text.ts";
import { safe, shortened } from "./safe.ts";
import { wrapped } from "./wrapped.ts";

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

export interface SummedUp extends Summary {
  /** Absent where learning is off. */
  readonly learned?: RunLearned | undefined;
  /** Absent where nothing was enforced. */
  readonly denied?: readonly Denied[] | undefined;
}

export function summaryText(ended: Ended, summary: SummedUp, loss: Loss, paint: Paint): string {
  const { programs, files, endpoints, names, syscalls, capabilities, credentials } = summary;
  const { learned } = summary;
  const many = (list: readonly string[]) => limited(list.map(safe), linesShown);
  const programLines = programs.map(({ path, args }) =>
    args === undefined || args.length < 2 ? path : `${path}  ${args.slice(1).join(" ")}`,
  );
  const rows: (readonly [name: string, lines: readonly string[]])[] = [
    ["programs", many(programLines)],
    ["files", limited(files.map(directoryLine), directoriesShown)],
    ["network", many(endpoints)],
    ["names asked", many(names)],
    [
      "system calls",
      wrapped(
        syscalls.map(({ name, count }) => name + times(count)),
        columns - label,
      ),
    ],
    [
      "capabilities",
      wrapped(
        capabilities.map(({ name, count }) => name + times(count)),
        columns - label,
      ),
    ],
    ["became", many(credentials)],
    ["other", many(summary.other.map(({ facet, object }) => `${facet}: ${object}`))],
    ["denied", summary.denied === undefined ? [] : deniedLines(summary.denied)],
    ["learned", learned === undefined ? [] : learnedLines(learned)],
    ["learning", learned === undefined ? [] : learningLines(learned, columns - label - 2)],
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
  for (const complaint of learned?.complaints ?? []) lines.push(paint("red", safe(complaint)));
  lines.push(...lossLines(loss, paint));
  return `${lines.join("\n")}\n`;
}

function deniedLines(denied: readonly Denied[]): readonly string[] {
  if (denied.length === 0) return ["nothing: it did what it had done before"];
  const lines = denied.map(({ action, facet, uses, object, by, times: count }) => {
    const what = [facet, safe(object), uses.length > 0 ? `(${uses.join(", ")})` : ""];
    const who = by === "" ? "" : ` by ${safe(by)}`;
    const how = action === "deny" ? "" : ` [${action === "kill" ? "killed" : "only told"}]`;
    return what.filter(Boolean).join(" ") + who + how + times(count);
  });
  return limited(lines, linesShown);
}

function directoryLine(counts: Directory): string {
  const { directory, read, written, executed, created, deleted, changed } = counts;
  const done = { read, written, executed, created, deleted, changed };
  const parts = Object.entries(done).flatMap(([word, n]) => (n > 0 ? [`${n} ${word}`] : []));
  return `${shortened(safe(directory), 56).padEnd(40)}  ${parts.join(", ")}`;
}

/** What this run added to its workload's profile. */
function learnedLines({ workload, behaviours, runs, added, heldAdded }: RunLearned): string[] {
  const times = runs === 1 ? "1 run" : `${runs} runs`;
  const news = added.length === 0 ? "none of them new" : `${added.length} of them new`;
  return [
    `${safe(workload)}: ${behaviours} behaviours in ${times}, ${news}`,
    // Of a first run all is new, and was just shown.
    ...(runs === 1
      ? []
      : limited(
          added.map((text) => `+ ${safe(text)}`),
          linesShown,
        )),
    ...limited(
      heldAdded.map((text) => `! waits for a person: ${safe(text)}`),
      linesShown,
    ),
  ];
}

/** The kernel's counts stop at 255. */
function times(count: number): string {
  return count === 1 ? "" : count >= 255 ? "×255+" : `×${count}`;
}

function limited(lines: readonly string[], most: number): readonly string[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most), `… and ${lines.length - most} more (-o json has them all)`];
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
