import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { commands } from "../agent/cli/commands.ts";

it("the entry script takes the words of the command line behind it, no more and no fewer", () => {
  const script = readFileSync(new URL("../pahlevan", import.meta.url), "utf8");
  const words = /^cli_words="(?<words>[^"]*)"$/m.exec(script)?.groups?.["words"]?.split(/[\s\\]+/);
  const known = new Set(commands.map((command) => command.name.split(" ")[0]));
  expect(new Set(words)).toEqual(known);
});

it.each([...new Set(commands.map(({ name }) => name.split(" ")[0] ?? name))])(
  "the entry script runs '%s', which says how it is used",
  async (word) => {
    const script = fileURLToPath(new URL("../pahlevan", import.meta.url));
    const { stdout } = await promisify(execFile)(script, [word, "--help"]);
    expect(stdout).toMatch(new RegExp(`^ *(pahlevan )?${word}\\b`, "m"));
  },
);
