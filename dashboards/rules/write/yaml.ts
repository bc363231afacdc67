/** YAML as it is shipped: the same layout everywhere, with comments where a reader needs them. */
import { Document, isNode } from "yaml";

/** Where a comment stands (`["groups", 0, "rules", 3]`), and what it says. */
export type Comment = readonly [path: readonly (string | number)[], says: string];

const WIDTH = 98;
const generated = " Generated from dashboards/rules: node dashboards/rules/generate.ts";

export function yaml(value: unknown, comments: readonly Comment[] = []): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  document.commentBefore = generated;
  for (const [path, says] of comments) {
    const node = document.getIn(path, true);
    if (!isNode(node)) throw new Error(`nothing to comment at ${path.join(".")}`);
    node.commentBefore = wrapped(says, WIDTH - 2 * path.length);
  }
  return document.toString({ lineWidth: 0, blockQuote: "literal" });
}

function wrapped(text: string, width: number): string {
  const done: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line.length + word.length + 1 > width) {
      done.push(line);
      line = "";
    }
    line += ` ${word}`;
  }
  return [...done, line].join("\n");
}
