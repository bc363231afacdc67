/** What is guarded, by name and as an automaton. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { guardedAutomaton } from "./guarded-automaton.ts";
import { guardedBecause } from "./guarded.ts";

it.each([
  ["/data/server.key", "it is named like a key or secret"],
  ["/data/Server.KEY", "it is named like a key or secret"],
  ["/data/my-secrets.txt", "it is named like a key or secret"],
  ["/data/id_ed25519", "it is named like a key or secret"],
  ["/data/.ssh", "keys are kept there"],
  ["/data/.ssh/config", "keys are kept there"],
  ["/data/app.sock", "it is named like a socket"],
  ["/data/.s.PGSQL.5432", "it is named like a socket"],
  ["/host/etc/hosts", "etc decides how the system behaves"],
  ["/usr/lib/x.so", "libraries become part of programs"],
  ["/dev/null", "/dev is devices"],
  ["/proc/7/task/7/comm", "proc shows and steers other processes"],
  ["/var/log/wtmp", "it tells of who was there"],
  ["/x", "it is a top directory"],
  ["/", "it is a top directory"],
  ["/data/../x", "it has a step that only the file system can follow"],
  ["/data//x", "it has a step that only the file system can follow"],
])("%s is guarded: %s", (path, why) => {
  expect(guardedBecause(path)).toBe(why);
});

it.each([
  ...["/data/x", "/data/key", "/data/etcetera", "/var/lib/app/x", "/dev/shm/x", "/data/x.sock.d/y"],
  ...["/proc/self/task/7/comm", "/data/server.key/x", "/var/log/app/wtmp"],
])("%s is not guarded", (path) => {
  expect(guardedBecause(path)).toBeUndefined();
});

const automaton = guardedAutomaton();

function isGuarded(path: string): boolean | undefined {
  let state = 0;
  for (const byte of Buffer.from(path))
    state = automaton.next[state * automaton.classes + (automaton.classOf[byte] ?? 0)] ?? 0;
  return automaton.isGuarded[state];
}

it("the automaton says what the globs say", () => {
  const part = fc.constantFrom(
    ...["data", "etc", "ETC", "dev", "shm", "var", "lib", "log", "proc", "self", "task", "at"],
    ...["secret", "pass", "word", ".key", "key", "id_", ".s.", ".", ".history", "_history", "x"],
    ...["Token", "audit", "é", "*", ".p", "fx", ".so", "ck", "et", "spool", "host", "kube", ""],
  );
  const name = fc.array(part, { maxLength: 3 }).map((parts) => parts.join(""));
  const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => `/${names.join("/")}`);
  fc.assert(
    fc.property(path, (each) => {
      expect([each, isGuarded(each)]).toEqual([each, guardedBecause(each) !== undefined]);
    }),
    { numRuns: 20_000 },
  );
});
