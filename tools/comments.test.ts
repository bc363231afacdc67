import { describe, expect, it } from "vitest";
import { columnsOf, wrapComments } from "./comments.ts";

const words = (count: number) => Array.from({ length: count }, () => "word").join(" ");

describe("wrapping comments", () => {
  it("breaks a long line and carries the rest into the paragraph's next line", () => {
    const wrapped = wrapComments(`// ${words(22)}\n// the end`);
    expect(wrapped).toBe(`// ${words(19)}\n// ${words(3)} the end`);
  });

  it("makes a long one-line block a block", () => {
    const wrapped = wrapComments(`  /** ${words(20)} */\n  const x = 1;`);
    expect(wrapped).toBe(`  /**\n   * ${words(19)}\n   * word\n   */\n  const x = 1;`);
  });

  it("does not run into a list item, a tag or code", () => {
    for (const next of [" * - item", " * @public", " */", "code();"]) {
      const wrapped = wrapComments(` * ${words(20)}\n${next}`);
      expect(wrapped).toBe(` * ${words(19)}\n * word\n${next}`);
    }
  });

  it("counts a tab as eight columns", () => {
    expect(columnsOf("\ta\tb")).toBe(17);
    expect(wrapComments(`\t// ${words(19)}`)).toBe(`\t// ${words(18)}\n\t// word`);
  });

  it("leaves code, and words that cannot be broken, alone", () => {
    const source = `const text = "${words(30)}";\n// ${"x".repeat(120)}`;
    expect(wrapComments(source)).toBe(source);
  });

  it("changes nothing the second time", () => {
    const once = wrapComments(`/** ${words(60)} */`);
    expect(wrapComments(once)).toBe(once);
  });
});
