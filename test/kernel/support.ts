/**
 * Which kernel lets Pahlevan see what, and where: measured by starting the sensors on each, and
 * written to docs/kernels.md. `node test/kernel/support.ts [KERNEL…]` writes it anew, all of it or
 * the columns of these kernels ("host" is this machine).
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { fileURLToPath } from "node:url";
import { asking, kernelFacts } from "../../agent/kernel/ask.ts";
import { facts, type Tier } from "../../agent/kernel/hooks.ts";
import type { Ask } from "../../agent/kernel/plan.ts";
import { Sensors } from "../../agent/kernel/sensors.ts";
import type { TierRow } from "../../agent/kernel/tiers.ts";
import { findHierarchy } from "../../agent/workload/hierarchy.ts";
import type { KernelName } from "./vm/kernels.ts";
import { runInVm } from "./vm/vm.ts";

export const page = fileURLToPath(new URL("../../docs/kernels.md", import.meta.url));
const self = fileURLToPath(import.meta.url);

export interface Column {
  readonly name: string;
  readonly kernel: KernelName;
  readonly lsm: boolean;
  /** As kernels without them, whatever this one has: what stands in is loaded. */
  readonly trampolines?: false;
  /** For `./pahlevan test` as it is; the others with `--kernels all`. */
  readonly always: boolean;
}

export const columns: readonly Column[] = [
  { name: "5.10", kernel: "5.10", lsm: true, always: false },
  { name: "6.1", kernel: "6.1", lsm: true, always: true },
  { name: "6.12", kernel: "6.12", lsm: true, always: false },
  { name: "7", kernel: "7", lsm: true, always: true },
  { name: "7 without the BPF LSM", kernel: "7", lsm: false, always: false },
  { name: "7 without trampolines", kernel: "7", lsm: true, trampolines: false, always: true },
];

/** What one kernel shows: a cell for each fact, and why it is at no better place. */
export interface Measured {
  readonly name: string;
  readonly cells: ReadonlyMap<string, string>;
  readonly reasons: readonly string[];
}

/** Started for real: what a probe promises and the verifier then refuses does not count. */
async function rowsHere(trampolines = true): Promise<TierRow[]> {
  const hierarchy = await findHierarchy();
  const all = asking(kernelFacts(hierarchy));
  const ask = trampolines ? all : withoutTrampolines(all);
  const sensors = Sensors.start({ hierarchy, ask, onRecord: () => undefined });
  try {
    return sensors.tiers();
  } finally {
    sensors.close();
  }
}

function withoutTrampolines(ask: Ask): Ask {
  const kinds = ["lsm", "fentry", "fexit", "fmod_ret"];
  return (hook) => (kinds.includes(hook.kind) ? "it was not asked for" : ask(hook));
}

/** Each starts the sensors, which an emulated machine does in half a minute if it has the time. */
const TIMEOUT_MS = 10 * 60_000;
const marker = "tiers: ";
const tellAll = "tell";
const tellLess = "tell-without-trampolines";

export async function measure({ name, kernel, lsm, trampolines }: Column): Promise<Measured> {
  const command = [process.execPath, self, trampolines === false ? tellLess : tellAll];
  const ended = await runInVm({ kernel, lsm, command, timeoutMs: TIMEOUT_MS });
  const { stdout, stderr, exitCode } = ended;
  const line = stdout.split("\n").find((each) => each.startsWith(marker));
  if (line === undefined) throw new Error(`kernel ${name}: exit ${exitCode}: ${stderr || stdout}`);
  const rows: unknown = JSON.parse(line.slice(marker.length));
  if (!isRows(rows)) throw new Error(`kernel ${name}: not what "tell" tells`);
  return measured(name, rows);
}

function isRows(value: unknown): value is TierRow[] {
  return Array.isArray(value);
}

/** A kernel as people call it: what it cannot do is part of its name. */
const without: Partial<Record<Tier, string>> = {
  fentry: " without the BPF LSM",
  sys_exit: " without trampolines",
};

export async function measureHost(): Promise<Measured> {
  const rows = await rowsHere();
  const version = release().split(".").slice(0, 2).join(".");
  const tier = rows.find(({ fact }) => fact === "open")?.tier;
  return measured(version + ((tier && without[tier]) ?? ""), rows);
}

export function measured(name: string, rows: readonly TierRow[]): Measured {
  const concerned = new Map<string, Set<string>>();
  for (const { fact, refused } of rows)
    for (const { tier, why } of refused) {
      const reason = `${tier}: ${why}`;
      concerned.set(reason, (concerned.get(reason) ?? new Set()).add(fact));
    }
  return {
    name,
    cells: new Map(rows.map((row) => [row.fact, cell(row)])),
    reasons: [...concerned].map(([why, of]) => `${[...of].join(", ")}: ${why}`),
  };
}

/** "lsm: task_fix_setuid, task_fix_setgid, capset" */
function cell({ tier, hooks }: TierRow): string {
  if (tier === undefined) return "not seen";
  return `${tier}: ${hooks.map((hook) => hook.slice(hook.indexOf("/") + 1)).join(", ")}`;
}

/** What the page says, column by column. */
export function written(markdown: string): Map<string, Measured> {
  const lines = markdown.split("\n");
  const [head = [], , ...rows] = lines
    .filter((line) => line.startsWith("|"))
    .map((line) => line.slice(2, -2).split(" | "));
  const kernels = head.slice(1).map((name, index): Measured => {
    const begin = lines.indexOf(`**${name}**`) + 2;
    const end = lines.findIndex((line, at) => at >= begin && !line.startsWith("- "));
    return {
      name,
      cells: new Map(rows.map((row) => [row[0] ?? "", row[index + 1] ?? ""])),
      reasons: lines.slice(begin, end).map((line) => line.slice(2)),
    };
  });
  return new Map(kernels.map((each) => [each.name, each]));
}

export function render(kernels: readonly Measured[]): string {
  const line = (words: readonly string[]) => `| ${words.join(" | ")} |`;
  return [
    "# What each kernel shows",
    "",
    "Written by `node test/kernel/support.ts`, which starts the sensors on each of these kernels;",
    "`./pahlevan test --kernels all` compares. What your machine shows is told by",
    "`pahlevan debug system-capabilities`.",
    "",
    "The tiers, best first: `lsm` (where the kernel decides), `fentry` (the same functions, one step",
    "earlier), `tracepoint` (made for the fact), `cgroup` (IP sockets of cgroups), `sys_exit` (ends",
    "of system calls stand in: paths are what the caller passed), `iterator` (what runs already).",
    "",
    line(["fact", ...kernels.map(({ name }) => name)]),
    `|${"---|".repeat(kernels.length + 1)}`,
    ...facts.map(({ name }) => line([name, ...kernels.map(({ cells }) => cells.get(name) ?? "")])),
    "",
    "## Why not at a better place",
    "",
    ...kernels.flatMap(({ name, reasons }) => [
      `**${name}**`,
      "",
      ...(reasons.length === 0 ? ["Everything is at its best place."] : []),
      ...reasons.map((reason) => `- ${reason}`),
      "",
    ]),
  ].join("\n");
}

async function write(names: readonly string[]): Promise<void> {
  const before = existsSync(page) ? written(readFileSync(page, "utf8")) : new Map<string, never>();
  const kernels: Measured[] = [];
  for (const column of columns) {
    const kept = before.get(column.name);
    const isWanted = names.length === 0 || names.includes(column.kernel);
    if (isWanted) console.error(`kernel ${column.name} …`);
    if (isWanted || !kept) kernels.push(await measure(column));
    else kernels.push(kept);
  }
  const host = [...before.values()].filter(({ name }) => columns.every((c) => c.name !== name));
  if (names.length === 0 || names.includes("host")) kernels.push(await measureHost());
  else kernels.push(...host);
  writeFileSync(page, render(kernels));
}

if (import.meta.main) {
  const what = process.argv[2];
  if (what === tellAll || what === tellLess)
    console.log(marker + JSON.stringify(await rowsHere(what === tellAll)));
  else await write(process.argv.slice(2));
}
