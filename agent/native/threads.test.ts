/** Threads that use the addon, and end. */
import { program } from "./test/build.ts";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const endedThreads = fileURLToPath(new URL("test/ended-threads.ts", import.meta.url));

test("one that is terminated amid its calls does not take the process along", () => {
  program("emit"); // built before the first thread asks for it
  const child = spawnSync(process.execPath, [endedThreads], {
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  expect(`${child.stdout}${child.stderr}`).toBe("ended\n");
  expect(child.status).toBe(0);
});
