import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { commands } from "../agent/cli/commands.ts";

it("the entry script takes the words of the command line behind it, no more and no fewer", () => {
  const script = readFileSync(new URL("../pahlevan", import.meta.url), "utf8");
  const words = /^cli_words="(?<words>.*)"$/m.exec(script)?.groups?.["words"]?.split(" ");
  const known = new Set(commands.map((command) => command.name.split(" ")[0]));
  expect(new Set(words)).toEqual(known);
});
