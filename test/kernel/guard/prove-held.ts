/**
 * A command that is held to what was learned of it works as before and can do nothing else.
 */
import { expect, test } from "vitest";
import type { Attacked, Trial } from "./trial.ts";

/** By attack, where hooks refuse: what is told of it; where they do not, what is, if anything. */
const told: Readonly<Record<Attacked, readonly [refused: RegExp, else_?: RegExp]>> = {
  "a container runtime's socket behind a learned name": [
    /^deny runtime_socket unix\/\/run\/dockershim\.sock\/out connect$/,
  ],
  "the same by its own name": [
    /^deny runtime_socket unix\/\/run\/dockershim\.sock\/out connect$/,
    /^alert runtime_socket unix\/\/run\/dockershim\.sock\/out connect$/,
  ],
  "a module": [/^deny (?:capability CAP_SYS_MODULE|module)/],
  "code of a file that is only read": [/^deny file \/etc\/hostname exec$/],
  "code from memory": [/^deny exec .*memfd.* exec$/],
  "a program that was never run": [
    /^deny \w+ \/usr\/bin\/touch .*exec$/,
    /^kill exec \S+touch exec$/,
  ],
  "a copy of one under another name": [
    /^deny \w+ \S+\/planted .*exec$/,
    /^kill exec \S+planted exec$/,
  ],
  "a script with the interpreter of another": [
    /^deny \w+ \S+\/dash \S+\/other\.sh exec$/,
    /^kill exec \S+\/dash \S+\/other\.sh exec$/,
  ],
  "a script of the same name in another directory": [
    /^deny \w+ \S+\/state\/other\.sh .*exec$/,
    /^kill exec \S+\/bash \S+\/state\/\.\/other\.sh exec$/,
  ],
  "the interpreter of a script by itself": [
    /^deny \w+ \S+\/dash exec$/,
    /^kill exec \S+\/dash exec$/,
  ],
  "a file that was never read": [
    /^deny file \/etc\/shadow read$/,
    /^alert file \/etc\/shadow read$/,
  ],
  "the same behind a symlink": [
    /^deny file \/etc\/shadow read$/,
    /^alert file \/etc\/shadow read$/,
  ],
  "what another process has below /proc, where it read its own": [
    /^deny file \/proc\/\d+\/status read$/,
    /^alert file \/proc\/\d+\/status read$/,
  ],
  "a change of mode": [/^deny file \S+\/mode chmod$/, /^alert file \S+\/mode chmod$/],
  "a change of mode by a descriptor": [
    /^deny file \S+\/tool\.sh chmod$/,
    /^alert file \S+\/tool\.sh chmod$/,
  ],
  "a change of owner": [/^deny file \S+\/owner chown$/, /^alert file \S+\/owner chown$/],
  "a file out of the way": [/^deny file \S+\/gone unlink$/, /^alert file \S+\/gone unlink$/],
  "a file out of the way, by a step back": [
    /^deny file \S+\/stepped unlink$/,
    /^alert file \S+\/state\/\.\.\/stepped unlink$/,
  ],
  "a file in another's place": [
    /^deny file \S+\/place .*rename_from/,
    /^alert file \S+\/place .*rename_from/,
  ],
  "another name for a file": [
    /^deny file \S+\/linked .*link_from/,
    /^alert file \S+\/linked .*link_from/,
  ],
  "a mount, and its end": [/^deny mount \S+\/state$/, /^alert mount \S+\/state$/],
  "namespaces of its own": [/^deny capability CAP_SYS_ADMIN$/, /^alert capability CAP_SYS_ADMIN$/],
  "a user namespace of its own": [
    /^deny namespace userns_create$/,
    /^alert namespace userns_create$/,
  ],
  "a door of its own": [
    /^deny network tcp\/0\.0\.0\.0:0\/in listen$/,
    /^alert network tcp\/0\.0\.0\.0:\d+\/in listen$/,
  ],
  "a root of its own": [/^deny capability CAP_SYS_CHROOT$/, /^alert capability CAP_SYS_CHROOT$/],
  "a map in the kernel": [
    /^deny (?:bpf BPF_MAP_CREATE|capability CAP_BPF)$/,
    /^alert bpf BPF_MAP_CREATE$/,
  ],
  "another's memory": [/^deny ptrace \S+\/bash$/, /^alert ptrace \S+\/bash$/],
  "a file that was never made": [/^deny file \S+\/evil create$/, /^alert file \S+\/evil .*create/],
  "an address that was never reached": [
    /^deny network tcp\/192\.0\.2\.1:80\S* connect$/,
    /^deny network tcp\/192\.0\.2\.1:80\S* connect$/,
  ],
};

export function proveHeld(result: Promise<Trial>, expectsRefusal?: true): void {
  const within = { timeout: 1_200_000 };
  test("the same work again is denied nothing", within, async () => {
    const { again, refuses } = await result;
    expect(again).toMatchObject({ exit: 0, decisions: [] });
    if (expectsRefusal) expect(refuses).toBe(true);
  });
  for (const [name, [refused, otherwise]] of Object.entries(told)) {
    test(`${name}: told of, and refused where this kernel can`, within, async () => {
      const { refuses, attacked } = await result;
      const wanted = refuses ? refused : otherwise;
      if (wanted === undefined) return;
      expect(attacked.decisions).toContainEqual(expect.stringMatching(wanted));
      // A file is only told of where no hook refuses its making.
      if (refuses || name !== "a file that was never made")
        expect(attacked.succeeded).not.toContain(name);
    });
  }
  test("nobody reached the runtime, where this kernel refuses", within, async () => {
    const { refuses, reached } = await result;
    expect(reached > 0).toBe(!refuses);
  });
  test("of what nothing was learned nothing is run", within, async () => {
    const { unlearned } = await result;
    expect(unlearned.exit).toBe(3);
    expect(unlearned.says).toContain("nothing was learned of nobody yet");
  });
}
