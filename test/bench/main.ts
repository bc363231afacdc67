/**
 * `./pahlevan bench [NAME…] [-o json]`: every measurement beside its budget, one after the other.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Row } from "./row.ts";

type Say = (line: string) => void;

/** Loaded when asked for: each brings its own dependencies. */
const benches: Readonly<Record<string, (say: Say) => Promise<readonly Row[]>>> = {
  instructions: async (say) => {
    const { run } = await import("./instructions/instructions.ts");
    const sense = join(import.meta.dirname, "instructions/sense.ts");
    const { countedTraced } = await import("./instructions/traced.ts");
    const { countedBeside } = await import("./instructions/beside.ts");
    return [
      ...(await run({ agent: { command: [process.execPath, sense], ready: "ready" }, say })),
      ...(await countedTraced(say)),
      ...(await countedBeside(say)),
    ];
  },
  enforced: async (say) => [
    ...(await (await import("./guard/counted.ts")).countedWithPolicies(say)),
    ...(await (await import("./guard/nginx-counted.ts")).countedRequestsOfNginx(say)),
  ],
  host: async (say) => (await import("./host/host.ts")).run({ say }),
  ring: async () => (await import("./ring.ts")).run(),
  agent: async () => (await import("./agent/agent.ts")).run(),
  guard: async (say) => (await import("./guard/guard.ts")).run(say),
  signals: async () => (await import("./signals/signals.ts")).run(),
  loop: async () => (await import("./loop.ts")).run(),
  store: async () => (await import("./store.ts")).run(),
  metrics: async () => (await import("./metrics.ts")).run(),
  exporters: async () => (await import("./exporters/exporters.ts")).run(),
  corpus: async () => (await import("./corpus.ts")).run(),
};

function shown(value: number): string {
  if (Math.abs(value) >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  return value.toFixed(Math.abs(value) >= 100 ? 0 : 1);
}

/** What is not exact differs from run to run: it is shown, and no run fails for it. */
function verdict({ ok, exact, budget }: Row): string {
  if (budget === "-") return "";
  return ok ? "ok" : exact === true ? "OVER" : "over";
}

function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    `${shown(row.value)} ${row.unit}`,
    row.budget === "-" ? "" : row.budget,
    verdict(row),
    row.detail,
  ]);
  const widths = [0, 1, 2, 3].map((at) => Math.max(...cells.map((each) => each[at]?.length ?? 0)));
  const line = (each: readonly string[]) =>
    each
      .map((cell, at) => (at === 1 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join("  ")
      .trimEnd();
  return cells.map(line).join("\n");
}

function usage(problem: string): never {
  console.error(`pahlevan bench: ${problem}; there are: ${Object.keys(benches).join(", ")}`);
  process.exit(2);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { output: { type: "string", short: "o", default: "table" } },
});
if (!["table", "json"].includes(values.output))
  usage(`no output '${values.output}': table or json`);
for (const name of positionals) if (!Object.hasOwn(benches, name)) usage(`no '${name}'`);

const measured: { bench: string; rows: readonly Row[] }[] = [];
const failed: string[] = [];
for (const [bench, run] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(bench)) continue;
  const began = performance.now();
  try {
    const rows = await run((line) => console.error(line));
    measured.push({ bench, rows });
    if (rows.some(({ exact, ok }) => exact === true && !ok)) failed.push(`${bench} (over budget)`);
    if (values.output === "table") console.log(`\n── ${bench}\n${table(rows)}`);
  } catch (error) {
    failed.push(`${bench} (failed)`);
    console.error(
      `${bench}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
  console.error(`${bench}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
}
if (values.output === "json")
  console.log(
    JSON.stringify(
      measured.flatMap(({ bench, rows }) => rows.map((row) => ({ bench, ...row }))),
      null,
      2,
    ),
  );
if (failed.length > 0) console.error(`\nfailed: ${failed.join(", ")}`);
process.exitCode = failed.length > 0 ? 1 : 0;
