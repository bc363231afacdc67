/**
 * Every kind of fact, done in a real container on this machine's kernel: told rightly, and of it
 * alone.
 */
import { missing } from "../stack/containers/command.ts";
import { describe, test } from "vitest";
import { acts } from "./acts/all.ts";
import { proveActs } from "./prove.ts";
import { perform } from "./stage/perform.ts";

const reason = await missing("runc", "gcc", "busybox", "mkfifo");

if (reason === undefined) {
  describe("on this kernel", async () => proveActs(await perform(acts)));
} else {
  test.skip(`every kind of fact (${reason})`, () => undefined);
}
