import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { pieces, withPieces } from "./document.ts";

const pages = ["datadog", "dogstatsd"].map(
  (name) => new URL(`../../docs/exporters/${name}.md`, import.meta.url),
);

it("is documented as it is: samples and settings are those of the code", () => {
  for (const page of pages) {
    const text = readFileSync(page, "utf8");
    expect(text).toBe(withPieces(text));
  }
});

it("every piece has its place in a page", () => {
  const text = pages.map((page) => readFileSync(page, "utf8")).join("\n");
  for (const name of Object.keys(pieces)) expect(text).toContain(`<!-- ${name} -->\n\n`);
});
