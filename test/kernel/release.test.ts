/** "Lifted" is said when it is so: the kernel takes its time, and others may hold what it holds. */
import { program } from "../../agent/native/test/build.ts";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { exitCodes } from "../../agent/cli/exit.ts";
import { lift } from "../../agent/cli/releasing.ts";
import { BpfLink, BpfObject, hasProgram } from "../../agent/native/index.ts";
import { mountBpffs } from "../../agent/native/test/places.ts";
import { cannotSense } from "./pahlevan.ts";

/** As an agent that is gone leaves it; and somebody who has it open. */
function left(): { pinDirectory: string; holder: BpfLink; id: number } {
  const pinDirectory = join(mountBpffs(), "pahlevan");
  // Nobody began when the machine did.
  const tree = join(pinDirectory, `${process.pid}-0`);
  mkdirSync(tree, { recursive: true });
  const object = new BpfObject(program("senses"));
  onTestFinished(() => object.close());
  for (const { name } of object.programs) object.setAutoload(name, name === "count_syscalls");
  object.load();
  object.attach("count_syscalls").pin(join(tree, "on_call"));
  object.close();
  const holder = BpfLink.fromPin(join(tree, "on_call"));
  onTestFinished(() => holder.close());
  return { pinDirectory, holder, id: holder.programId };
}

describe.skipIf(cannotSense !== undefined)(`up --release (${cannotSense ?? "as root"})`, () => {
  afterEach(() => void vi.restoreAllMocks());

  test("waits until the kernel has let go of what was pinned, and then says so", async () => {
    const { pinDirectory, holder, id } = left();
    const said: string[] = [];
    const say = (what: string) => void said.push(`${what}; is there: ${hasProgram(id)}`);
    vi.spyOn(console, "log").mockImplementation(say);
    vi.spyOn(console, "error").mockImplementation((what: string) => {
      say(what);
      setImmediate(() => holder.close());
    });
    expect(await lift({ pinDirectory })).toBe(exitCodes.fine);
    expect(said).toEqual([
      "waiting for the kernel to let go of 1 programs; is there: true",
      expect.stringMatching(/^lifted: 1 programs are detached.*; is there: false$/),
    ]);
    expect(existsSync(pinDirectory)).toBe(false);
  });

  test("names what is still there in the end, and does not call it lifted", async () => {
    const say = vi.spyOn(console, "log").mockReturnValue();
    const complain = vi.spyOn(console, "error").mockReturnValue();
    const { pinDirectory, id } = left();
    expect(await lift({ pinDirectory }, 0)).toBe(exitCodes.found);
    expect(say).not.toHaveBeenCalled();
    expect(complain).toHaveBeenLastCalledWith(expect.stringContaining(`: on_call (id ${id});`));
  });
});
