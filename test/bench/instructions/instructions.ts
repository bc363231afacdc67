/** The cost of sensing, in executed instructions: bare and sensed in one boot of a counting VM. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { kernelNames, type KernelName } from "../../kernel/vm/kernels.ts";
import { runInVm } from "../../kernel/vm/vm.ts";
import type { Row } from "../row.ts";

export type { Row as Result };
import {
  budgetText,
  compare,
  readBaseline,
  writeBaseline,
  type Budgets,
  type Finding,
} from "./baseline.ts";
import { buildPrograms } from "./build.ts";
import { parseMeasurement, type Measurement } from "./measurement.ts";

/**
 * A thousand policies take the kernel a thousand grace periods, and the VM counts each instruction.
 */
const TIMEOUT_MS = 1_500_000;

/** A disk in memory and its file system, with what that asks for by name where it is a module. */
const DISK = ["brd", "ext4"];
const withoutChecksums: readonly KernelName[] = ["5.10", "6.1", "6.12"];

export interface Agent {
  command: readonly string[];
  /** Part of the line of its output after which it senses. */
  ready: string;
  /** What it does beside sensing: its counts have a baseline of their own. */
  state?: string;
  /** A line for the shell: runs, in place of nothing, while that is counted which is compared. */
  comparedWith?: string;
  /** What has a budget then, in percent; else all that is warm or cold has the usual one. */
  budgets?: Budgets;
}

export interface Options {
  kernels?: readonly KernelName[];
  agent?: Agent;
  update?: boolean;
  say?: (line: string) => void;
}

export async function run(options: Options = {}): Promise<Row[]> {
  const measured: Record<string, Measurement> = {};
  const results: Row[] = [];
  const baseline = await readBaseline();
  for (const kernel of options.kernels ?? (["6.1", "7"] as const)) {
    const measurement = await measure(kernel, options);
    const { state, budgets } = options.agent ?? {};
    const name = state === undefined ? kernel : `${kernel}, ${state}`;
    measured[name] = measurement;
    const known = options.update ? undefined : baseline.kernels[name];
    const findings = compare(measurement, known, budgets);
    options.say?.(table(name, measurement.release, findings));
    results.push(...findings.map((finding) => result(name, finding)));
  }
  if (options.update) await writeBaseline(measured);
  return results;
}

export async function measure(kernel: KernelName, options: Options): Promise<Measurement> {
  const { ops, nothing } = await buildPrograms();
  const { ready = "", command = [], comparedWith = "" } = options.agent ?? {};
  const script = join(import.meta.dirname, "measure.ts");
  const { exitCode, stdout, stderr } = await runInVm({
    ...{ kernel, icount: true, timeoutMs: TIMEOUT_MS },
    modules: withoutChecksums.includes(kernel) ? [...DISK, "crc32c_generic"] : DISK,
    command: [process.execPath, script, ops, nothing, ready, comparedWith, ...command],
    ...(options.say ? { say: options.say } : {}),
  });
  if (exitCode !== 0) throw new Error(`counting on ${kernel}: exit code ${exitCode}\n${stderr}`);
  return parseMeasurement(stdout);
}

function result(kernel: string, finding: Finding): Row {
  const { operation, bare, sensed, differencePercent, budget, problems } = finding;
  const common = { ok: problems.length === 0, detail: problems.join(", "), exact: true };
  if (sensed === undefined || differencePercent === undefined) {
    const name = `${operation} on ${kernel}, bare`;
    return { name, value: bare, unit: "instructions", budget: "the baseline's", ...common };
  }
  return {
    ...{ name: `${operation} on ${kernel}, sensed`, value: differencePercent, unit: "%" },
    ...{ budget: budgetText(budget), ...common },
    detail: [`${bare} → ${sensed} instructions`, ...problems].join(", "),
  };
}

function table(kernel: string, release: string, findings: readonly Finding[]): string {
  const rows = findings.map(({ operation, bare, sensed, differencePercent, budget, problems }) => [
    ...[operation, bare.toFixed(1), sensed?.toFixed(1) ?? "–"],
    ...[differencePercent === undefined ? "–" : `${differencePercent.toFixed(2)} %`],
    ...[budgetText(budget), problems.join(", ") || "ok"],
  ]);
  const head = [`${kernel} (${release})`, "bare", "sensed", "difference", "budget", ""];
  const line = ([name = "", ...cells]: string[]): string =>
    [name.padEnd(28), ...cells.map((cell) => cell.padStart(11))].join(" ");
  return [head, ...rows].map(line).join("\n");
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      kernel: { type: "string", multiple: true },
      agent: { type: "string" },
      ready: { type: "string", default: "ready" },
      state: { type: "string" },
      "compared-with": { type: "string", default: "" },
      update: { type: "boolean", default: false },
    },
  });
  const chosen = kernelNames.filter((name) => values.kernel?.includes(name));
  const results = await run({
    ...(chosen.length > 0 ? { kernels: chosen } : {}),
    ...(values.agent
      ? {
          agent: {
            ...{ command: ["sh", "-c", values.agent], ready: values.ready },
            ...(values.state ? { state: values.state } : {}),
            comparedWith: values["compared-with"],
          },
        }
      : {}),
    update: values.update,
    say: (line) => console.log(line),
  });
  process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
}
