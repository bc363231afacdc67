import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fileAccesses, networkOperations, type Behaviour } from "./behaviour.ts";
import { behaviourText, parseBehaviour } from "./behaviour-text.ts";
import type { Text } from "./event.ts";
import { isName, nameOf, textOf } from "./name.ts";

const characters = fc.string({ unit: "binary", minLength: 1, maxLength: 20 });
const plainText = characters.map((value): Text => ({ value }));
/** As the kernel's face writes bytes that are no UTF-8. */
const escapedText = fc
  .tuple(fc.array(fc.oneof(characters, fc.constantFrom("\\x5c", "\\x80"))), fc.integer())
  .map(([parts, byte]): Text => {
    const pieces = parts.map((part) =>
      part.startsWith("\\x") ? part : part.replaceAll("\\", "/"),
    );
    const bad = `\\x${(128 + (Math.abs(byte) % 128)).toString(16)}`;
    return { value: [...pieces, bad].join(""), escaped: true };
  });
const text = fc.oneof(plainText, escapedText);
const name = text.map(nameOf);
const number = fc.nat(65_535);
const word = fc.constantFrom("mount", "setuid", "capset", "BPF_PROG_LOAD", "openat");
const ipv6 = fc.constantFrom("::", "::1", "2001:db8::5");
const address = fc.oneof(fc.ipV4(), ipv6, fc.constant("private"));

const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  fc.record({ facet: fc.constant("exec" as const), path: name }),
  fc.record({ facet: fc.constant("exec" as const), path: name, script: name }),
  fc.record({
    facet: fc.constant("file" as const),
    access: fc.constantFrom(...fileAccesses),
    path: name,
  }),
  fc.record({
    facet: fc.constant("network" as const),
    operation: fc.constantFrom(...networkOperations),
    protocol: fc.constantFrom("tcp", "udp"),
    address,
    port: number,
  }),
  fc.record({
    facet: fc.constant("network" as const),
    operation: fc.constantFrom(...networkOperations),
    protocol: fc.constant("unix" as const),
    path: name,
  }),
  fc.record({
    facet: fc.constant("network" as const),
    operation: fc.constant("dns" as const),
    name,
    questionType: fc.constantFrom("A", "AAAA"),
  }),
  fc.record({ facet: fc.constant("syscall" as const), name: word, compat: fc.boolean() }),
  fc.record({ facet: fc.constant("capability" as const), name: word }),
  fc.record({
    facet: fc.constant("credential" as const),
    operation: word,
    uid: number,
    gid: number,
  }),
  fc.record({ facet: fc.constant("mount" as const), operation: word, path: name }),
  fc.record({ facet: fc.constant("mount" as const), operation: word, path: name, source: name }),
  fc.record({ facet: fc.constant("ptrace" as const), operation: word }),
  fc.record({ facet: fc.constant("ptrace" as const), operation: word, path: name }),
  fc.record({ facet: fc.constant("bpf" as const), command: word }),
  fc.record({ facet: fc.constant("module" as const), name }),
  fc.record({ facet: fc.constant("io_uring" as const), operation: word }),
);

describe("names", () => {
  it("lose no byte, and are one word on one line without a wildcard", () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(textOf(nameOf(given))).toEqual(given);
        expect(nameOf(given)).not.toMatch(/[ \n\t*]/);
      }),
    );
  });

  it("differ where the bytes differ: what spells an escape is not what is escaped", () => {
    expect(nameOf({ value: "/a\\xff" })).not.toBe(nameOf({ value: "/a\\xff", escaped: true }));
    expect(isName("/a\\x41")).toBe(false);
  });
});

describe("the text of a behaviour", () => {
  it("is read back as the same behaviour", () => {
    fc.assert(
      fc.property(behaviour, (given) => {
        expect(parseBehaviour(behaviourText(given))).toEqual(given);
      }),
      { numRuns: 500 },
    );
  });

  it("is the only one: whatever is read prints as it was written", () => {
    fc.assert(
      fc.property(fc.oneof(behaviour.map(behaviourText), fc.string()), fc.string(), (a, b) => {
        for (const given of [a, b, `file read ${b}`, `network connect ${b}`, a + b]) {
          const read = parseBehaviour(given);
          if (read !== undefined) expect(behaviourText(read)).toBe(given);
        }
      }),
    );
  });

  it.each([
    ["file read /etc/my\\x20hosts", "a space in a name"],
    ["network connect tcp/10.0.0.1:443/out", "as observe and policies name an endpoint"],
    ["network listen tcp/[::]:80/in", "an IPv6 address"],
    ["network connect unix//run/a.sock/out", "a socket with a path"],
    ["network dns example.org/AAAA", "a question"],
  ])("%s: %s", (given) => {
    const read = parseBehaviour(given);
    expect(read && behaviourText(read)).toBe(given);
  });

  it.each([
    "file look /etc/hosts",
    "file read /etc/hosts more",
    "file read /tmp/*",
    "network connect tcp/10.0.0.1:443/in",
    "network connect tcp/10.0.0.1:0443/out",
    "process fork",
    "syscall",
  ])("refuses %s", (given) => {
    expect(parseBehaviour(given)).toBeUndefined();
  });
});
