/** `struct guarded`: which paths are guarded, as the kernel reads it. */
import { guardedAutomaton } from "@pahlevan/core/behaviour/guarded-automaton.ts";
import { guardedLayout, limitValues } from "../layout.gen.ts";

let made: Buffer | undefined;

/** Always the same; it takes a quarter of a second to make. */
export function guardedTable(): Buffer {
  made ??= make();
  return made;
}

function make(): Buffer {
  const { classOf, classes, next, isGuarded } = guardedAutomaton();
  const row = classes + 1;
  const cells = isGuarded.length * row;
  if (cells > limitValues.guarded_cells)
    throw new Error(`the kernel's table has ${limitValues.guarded_cells} cells, not ${cells}`);
  const table = Buffer.alloc(guardedLayout.sizeBytes);
  for (const [byte, number] of classOf.entries())
    table[guardedLayout.offset.class_of + byte] = number + 1;
  for (const [state, guards] of isGuarded.entries()) {
    const at = guardedLayout.offset.next + state * row * 2;
    table.writeUInt16LE(Number(!guards), at);
    for (let number = 0; number < classes; number++)
      table.writeUInt16LE((next[state * classes + number] ?? 0) * row, at + (number + 1) * 2);
  }
  return table;
}
