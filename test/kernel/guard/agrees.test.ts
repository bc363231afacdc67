/**
 * The guard's own judge, run in this kernel on policies and acts at random, against core's: the
 * same tables, the same answers.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KernelBoundPaths } from "@pahlevan/agent/kernel/guard/bound-paths.ts";
import { Guard } from "@pahlevan/agent/kernel/guard/guard.ts";
import { lower } from "@pahlevan/agent/kernel/guard/lower.ts";
import {
  execActs,
  fileActs,
  ipActs,
  learned,
  policies,
} from "@pahlevan/agent/kernel/guard/made-policies.ts";
import { pathBytes } from "@pahlevan/agent/kernel/guard/path-bytes.ts";
import { KernelRuleTables } from "@pahlevan/agent/kernel/guard/rule-tables.ts";
import {
  actionValues,
  facetValues,
  flagValues,
  limitValues,
  phaseValues,
  reachValues,
  useValues,
} from "@pahlevan/agent/kernel/layout.gen.ts";
import { defaultSizes, settingsBytes, sizesFor } from "@pahlevan/agent/kernel/sizes.ts";
import { systemCallNames } from "@pahlevan/agent/kernel/names/names.ts";
import { readAddress } from "@pahlevan/core/behaviour/address.ts";
import type { Act, IpAct } from "@pahlevan/core/policy/compile/act.ts";
import { compile } from "@pahlevan/core/policy/compile/compile.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import { judge, type Phase } from "@pahlevan/core/policy/compile/judge.ts";
import { sparing } from "@pahlevan/core/policy/compile/match.ts";
import { BpfObject, kernelEnumValue } from "@pahlevan/native";
import { cannotSense } from "../pahlevan.ts";

/** struct question, which holds the compiler to these places. */
const question = {
  ...{ sizeBytes: 736, facet: 0, uses: 4, phase: 8, flags: 12, address: 16, family: 32 },
  ...{
    protocol: 34,
    port: 36,
    action: 40,
    isScript: 48,
    isPassed: 52,
    path: 56,
    script: 384,
    own: 712,
  },
};
/** struct walked */
const walked = { names: 0, bytes: 4, parts: 8, path: 72 };
const walkBytes = limitValues.path_bytes;
const LONGEST = 255;

const secret = Buffer.from(Array.from({ length: 16 }, (_, index) => 31 * index));
const protocols: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17 };

function built(): string {
  const into = join(import.meta.dirname, "../../../build/test");
  mkdirSync(into, { recursive: true });
  const object = join(into, "questions.bpf.o");
  const source = join(import.meta.dirname, "questions.bpf.c");
  const bpf = join(import.meta.dirname, "../../../bpf");
  execFileSync("make", ["-s", "-C", bpf, "program", `SOURCE=${source}`, `OBJECT=${object}`]);
  return object;
}

type FileAct = Extract<Act, { readonly facet: "file" }>;
type Asked = Extract<Act, { readonly facet: "exec" }> | FileAct | IpAct;

/** A file by the words of who asked for it. */
interface Passed {
  readonly act: FileAct;
  readonly text: string;
}

class Questions {
  readonly #object: BpfObject;
  readonly #questions: Buffer;
  readonly #round: Buffer;
  readonly #guard: Guard;

  constructor() {
    const object = new BpfObject(built());
    const tracked = {
      hierarchyId: 0,
      subsystem: undefined,
      agentPid: 0,
      agentStartTicks: 0n,
      guard: "refuses_exec",
    } as const;
    object.setConstant("settings", settingsBytes(sizesFor(defaultSizes, 1, true), secret, tracked));
    object.load();
    this.#object = object;
    this.#questions = Buffer.from(object.map("questions").mmap());
    this.#round = Buffer.from(object.map("rounds").mmap());
    this.#guard = new Guard({
      policies: object.map("policies").mmap(),
      instances: object.map("instances").mmap(),
      guarded: object.map("guarded").mmap(),
      rules: new KernelRuleTables(object.map("rules")),
      paths: new KernelBoundPaths(object.map("bound_paths")),
      control: { forgetDecisions: () => undefined, namePeers: () => undefined },
    });
  }

  close(): void {
    this.#object.close();
  }

  /** The kernel's actions, one for each act. */
  ask(compiled: Compiled, asked: readonly (Asked | Passed)[], phase: Phase): number[] {
    const lowering = lower(compiled, { secret, calls: systemCallNames(), generation: 9 });
    if ("refused" in lowering) throw new Error(JSON.stringify(lowering.refused));
    const row = this.#guard.install(lowering.lowered);
    this.#questions.fill(0);
    for (const [index, each] of asked.entries()) {
      const act = "act" in each ? each.act : each;
      const into = this.#questions.subarray(index * question.sizeBytes);
      into.writeUInt32LE(facetValues[act.facet], question.facet);
      into.writeUInt32LE(phaseValues[phase], question.phase);
      if (act.facet === "network") writeEndpoint(into, act);
      else writeFile(into, act);
      if ("text" in each) writePassed(into, each.text);
    }
    this.#round.writeUInt32LE(asked.length, 0);
    this.#round.writeUInt32LE(row, 4);
    const { retval } = this.#object.testRun("ask_all");
    if (retval !== 0) throw new Error(`the program answered ${retval}`);
    this.#guard.remove(row);
    return asked.map((_, index) =>
      this.#questions.readUInt32LE(index * question.sizeBytes + question.action),
    );
  }
}

/** Of who comes in the address is his, beside the one that he comes to. */
function writeEndpoint(into: Buffer, act: IpAct): void {
  const { address, operation, peer = address } = act;
  writeAddress(into.subarray(question.address), act, operation === "accept" ? peer : address);
  writeAddress(into.subarray(question.own), act, address);
  into.writeUInt32LE(reachValues[operation], question.uses);
}

/** struct endpoint */
function writeAddress(into: Buffer, { protocol, port }: IpAct, address: string): void {
  const bytes = readAddress(address) ?? [];
  into.set(bytes, 0);
  into.writeUInt16LE(bytes.length === 4 ? 2 : 10, question.family - question.address);
  into.writeUInt16LE(protocols[protocol] ?? 99, question.protocol - question.address);
  into.writeUInt16LE(port, question.port - question.address);
}

function writeFile(into: Buffer, act: Extract<Asked, { readonly facet: "exec" | "file" }>): void {
  const use = act.facet === "exec" ? "exec" : act.access;
  into.writeUInt32LE(useValues[use], question.uses);
  writePath(into.subarray(question.path), act.path);
  if (act.facet === "exec" && act.script !== undefined) {
    into.writeUInt32LE(1, question.isScript);
    writePath(into.subarray(question.script), act.script);
  }
  const flags = [
    ...("deleted" in act && act.deleted ? [flagValues.deleted] : []),
    ...(act.unclear ? [flagValues.cut] : []),
  ];
  into.writeUInt32LE(
    flags.reduce((all, flag) => all | flag, 0),
    question.flags,
  );
}

function writePassed(into: Buffer, text: string): void {
  const bytes = pathBytes(text);
  into.writeUInt32LE(1, question.isPassed);
  const path = into.subarray(question.path);
  path.writeUInt32LE(bytes.length, walked.bytes);
  path.fill(0, walked.path, walked.path + LONGEST);
  path.set(bytes, walked.path);
}

/** As a walk leaves it: the path at the buffer's end, and where each name's slash is. */
function writePath(into: Buffer, path: string): void {
  const names = path.split("/").filter(Boolean).map(pathBytes);
  const text = Buffer.concat(names.flatMap((name) => [Buffer.from("/"), name]));
  let at = walkBytes;
  for (const [part, name] of names.toReversed().entries()) {
    at -= name.length + 1;
    into.writeUInt16LE(at, walked.parts + part * 2);
  }
  into.writeUInt32LE(names.length, walked.names);
  into.writeUInt32LE(text.length, walked.bytes);
  into.set(text, walked.path);
}

/** What core has the kernel do. */
function actionOf(compiled: Compiled, act: Asked, phase: Phase): number {
  const { outcome, mode } = judge(compiled, act, phase);
  if (outcome === "allow" || mode === "off") return actionValues.allow;
  if (outcome === "tell") return actionValues.tell;
  if (mode === "monitor") return actionValues.would;
  return mode === "alert" ? actionValues.alert : actionValues.deny;
}

/** Only its being guarded keeps a pattern from speaking for it. */
function isSpared({ tables }: Compiled, act: FileAct): boolean {
  return tables.file.entries.some((entry) => sparing(entry, act) !== undefined);
}

const askable: fc.Arbitrary<Asked> = fc.oneof(fileActs, execActs, ipActs);

/** What stands for one slash. */
const slash = fc.constantFrom("/", "/", "//", "/./", "///", "/.//./");
const stepBack = fc.constantFrom("", "", "/..", "/x/..");
const passed: fc.Arbitrary<Passed> = fc
  .tuple(fileActs, fc.array(slash, { minLength: 24, maxLength: 24 }), stepBack, fc.boolean())
  .map(([{ facet, access, path }, slashes, back, isOpen]) => {
    const act = { facet, access, path, ...(back !== "" && { unclear: true as const }) };
    const names = path.split("/").filter(Boolean);
    const spelt = names.map((name, at) => `${slashes[at] ?? "/"}${name}`).join("");
    const text = `${back}${spelt}${isOpen || spelt === "" ? (slashes[23] ?? "/") : ""}`;
    return { act, text };
  })
  .filter(({ text }) => pathBytes(text).length <= LONGEST);

const reason = cannotSense ?? (hasLoop() ? undefined : "the kernel has no bpf_loop");

function hasLoop(): boolean {
  return kernelEnumValue("bpf_func_id", "BPF_FUNC_loop") !== undefined;
}

describe.skipIf(reason !== undefined)(`the guard's judge (${reason ?? "as root"})`, () => {
  test("says in the kernel what core says, 100 000 times", { timeout: 600_000 }, () => {
    const questions = new Questions();
    const each = 1_000;
    const some = fc.array(askable, { minLength: each, maxLength: each });
    const profile = fc.array(learned, { maxLength: 12 });
    const phase = fc.constantFrom<Phase>("start", "steady");
    const seen = new Set<number>();
    let spared = 0;
    try {
      fc.assert(
        fc.property(policies, profile, some, phase, (policy, known, acts, when) => {
          const made = compile({ policy, learned: known, nowMs: 2 });
          if ("problems" in made) return;
          const answers = questions.ask(made.compiled, acts, when);
          for (const [index, act] of acts.entries()) {
            const wanted = actionOf(made.compiled, act, when);
            seen.add(wanted);
            if (act.facet === "file" && isSpared(made.compiled, act)) spared++;
            if (answers[index] !== wanted)
              expect({ act, action: answers[index] }).toEqual({ act, action: wanted });
          }
        }),
        { numRuns: 100, endOnFailure: true },
      );
    } finally {
      questions.close();
    }
    // Random policies are of every sort.
    const { allow, tell, would, alert, deny } = actionValues;
    expect(seen).toEqual(new Set([allow, tell, would, alert, deny]));
    expect(spared).toBeGreaterThan(100);
  });

  test("knows a path that was only passed by its names", { timeout: 600_000 }, () => {
    const questions = new Questions();
    const some = fc.array(passed, { minLength: 200, maxLength: 200 });
    const profile = fc.array(learned, { maxLength: 12 });
    const seen = new Set<number>();
    try {
      fc.assert(
        fc.property(policies, profile, some, (policy, known, asked) => {
          const made = compile({ policy, learned: known, nowMs: 2 });
          if ("problems" in made) return;
          const answers = questions.ask(made.compiled, asked, "start");
          for (const [index, { act, text }] of asked.entries()) {
            const wanted = actionOf(made.compiled, act, "start");
            seen.add(wanted);
            if (answers[index] !== wanted)
              expect({ text, act, action: answers[index] }).toEqual({ text, act, action: wanted });
          }
        }),
        { numRuns: 100, endOnFailure: true },
      );
    } finally {
      questions.close();
    }
    const { allow, tell, would, alert, deny } = actionValues;
    expect(seen).toEqual(new Set([allow, tell, would, alert, deny]));
  });
});
