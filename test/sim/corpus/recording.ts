/** What a real workload did in each of several runs, as a text: who reads a change sees it. */

export interface Recording {
  readonly workload: string;
  /** For each run, the behaviours that it showed. */
  readonly runs: readonly (readonly string[])[];
}

/** "01_34 file read /etc/hosts": a digit for each run that showed it. */
export function written({ runs }: Recording): string {
  const all = [...new Set(runs.flat())].sort();
  const shown = runs.map((texts) => new Set(texts));
  const marks = (text: string) =>
    shown.map((texts, run) => (texts.has(text) ? String(run) : "_")).join("");
  return all.map((text) => `${marks(text)} ${text}\n`).join("");
}

export function read(workload: string, text: string): Recording {
  const lines = text.split("\n").filter(Boolean);
  const [first = ""] = lines;
  const runs = Array.from({ length: first.indexOf(" ") }, (): string[] => []);
  for (const line of lines) {
    const end = line.indexOf(" ");
    runs.forEach((texts, run) => {
      if (line[run] !== "_") texts.push(line.slice(end + 1));
    });
  }
  return { workload, runs };
}
