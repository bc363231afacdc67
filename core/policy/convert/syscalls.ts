/** syscallPolicy and enforcement.syscalls. */
import { readSyscall } from "../values/kernel-name.ts";
import type { Names } from "./convert.ts";
import { filled, type Draft } from "./draft.ts";
import { actionOf, kept } from "./lists.ts";
import type { Source } from "./source.ts";

export function syscallsOf(source: Source, names: Names): Draft {
  const isKnown = (name: string) => names.syscalls.has(name);
  const both = (kind: string) => [
    ...kept(source, `${kind}Syscalls`, readSyscall, isKnown),
    ...byNumber(source, `${kind}SyscallNumbers`, names),
  ];
  const draft = {
    mode: source.take("mode"),
    defaultAction: actionOf(source),
    allowedSyscalls: both("allowed"),
    deniedSyscalls: both("denied"),
    exceptions: source.take("exceptions"),
  };
  source.loseEach({
    capabilityFilter: "it does not say whether these are allowed or denied; see capabilities",
    processFilter:
      "a policy is about a workload; commands and parents are names that a process gives itself",
    filters:
      "arguments of system calls are not judged; files, network and processes judge what they lead to",
  });
  return filled(draft);
}

/** The numbers were those of x86_64. */
function byNumber(source: Source, field: string, { syscallName }: Names): string[] {
  return source.words(field).flatMap(({ word, index }) => {
    const name = /^[0-9]{1,4}$/.test(word) ? syscallName(Number(word)) : undefined;
    if (name !== undefined) return [name];
    source.lose([field, index], `x86_64 has no system call ${word.slice(0, 20)}`);
    return [];
  });
}
