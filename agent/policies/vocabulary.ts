/** The kernel's names that a policy may use: of every architecture, because a policy has none. */
import type { Vocabulary } from "@pahlevan/core/policy/vocabulary.ts";
import {
  capabilities,
  syscallsArm,
  syscallsArm64,
  syscallsI386,
  syscallsX64,
} from "../kernel/names/names.gen.ts";

export const vocabulary: Vocabulary = {
  syscalls: new Set(
    [syscallsX64, syscallsI386, syscallsArm64, syscallsArm].flatMap((table) =>
      Object.values(table),
    ),
  ),
  capabilities: new Set(Object.values(capabilities)),
};

/** What documents of other dialects number: system calls of x86_64. */
export const syscallName = (number: number): string | undefined => syscallsX64[number];
