/** The pages of docs/exporters show what the code has and sends. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { pageParts } from "../../test/exporters/notify-pages.ts";

it.each(pageParts())("$page has each setting, and a sample as it is sent", (part) => {
  const file = fileURLToPath(new URL(`../../${part.page}`, import.meta.url));
  const page = readFileSync(file, "utf8");
  expect(page).toContain(part.settings);
  expect(page).toContain(part.sample);
});
