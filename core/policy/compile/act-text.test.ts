/** Acts as text: what is written is read to the same, and what is wrong is named. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { fileAccesses, networkOperations, plainFacets, type Act } from "./act.ts";
import { actText, readAct } from "./act-text.ts";

const letter = fc.constantFrom("a", "/", " ", "\n", "*", "\\", "x", "2", "ü", "\udc80", "\udcff");
const path = fc.array(letter, { maxLength: 6 }).map((letters) => `/${letters.join("")}`);
const yes = fc.constant(true as const);
const address = fc.constantFrom("10.0.0.1", "2001:db8::1", "::1");

const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record(
    { facet: fc.constant("exec" as const), path, script: path, deleted: yes, unclear: yes },
    { requiredKeys: ["facet", "path"] },
  ),
  fc.record({
    facet: fc.constant("file" as const),
    access: fc.constantFrom(...fileAccesses),
    path,
  }),
  fc.record(
    {
      facet: fc.constant("network" as const),
      operation: fc.constantFrom(...networkOperations),
      protocol: fc.constantFrom("tcp", "udp"),
      address,
      port: fc.nat(65_535),
      peer: address,
      names: fc.constantFrom(["a.org"], ["a.org", "b.org"]),
    },
    { requiredKeys: ["facet", "operation", "protocol", "address", "port"] },
  ),
  fc.record(
    {
      facet: fc.constant("network" as const),
      operation: fc.constantFrom(...networkOperations),
      protocol: fc.constant("unix" as const),
      path: path.filter((each) => !/\/(?:in|out)$/.test(each)),
      unclear: yes,
    },
    { requiredKeys: ["facet", "operation", "protocol", "path"] },
  ),
  fc.record(
    { facet: fc.constant("syscall" as const), name: fc.constant("openat"), compat: yes },
    { requiredKeys: ["facet", "name"] },
  ),
  fc.constant<Act>({ facet: "capability", name: "CAP_CHOWN" }),
  fc.record({ facet: fc.constantFrom(...plainFacets), object: fc.constant("mount /a tmpfs") }),
);

it("what is written is read to the same, on one line", () => {
  fc.assert(
    fc.property(acts, (act) => {
      const text = actText(act);
      expect(text).not.toContain("\n");
      expect(readAct(text)).toEqual({ value: act });
    }),
  );
});

it("whatever is written is read or refused, never thrown", () => {
  const words = fc.constantFrom("network", "connect", "file", "exec", "from", "as", "tcp/:1", "[");
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string())), (parts) => {
      const read = readAct(parts.join(" "));
      if ("value" in read) expect(readAct(actText(read.value))).toEqual(read);
    }),
  );
});

it.each([
  ["", "it takes what a decision names"],
  ["fil read /a", "did you mean file?"],
  ["file raed /a", "did you mean read?"],
  ["file read", "one path"],
  ["exec /a /b /c", "a program and its script"],
  ["network conect tcp/1.1.1.1:1", "none of connect"],
  ["network connect tcp/nowhere:1/out", "protocol/address:port"],
  ["network connect tcp/10.0.0.1:99999/out", "protocol/address:port"],
  ["syscall read (unclear)", "only paths"],
  ["network connect tcp/10.0.0.1:1/in", "connect is 'out'"],
])("%j is refused: %s", (text, says) => {
  expect(readAct(text)).toEqual({ refused: expect.stringContaining(says) as unknown });
});

it("takes a letter beyond the first plane as itself, and not half of it for a byte", () => {
  expect(actText({ facet: "file", access: "read", path: "/💀" })).toBe("file read /💀");
});
