/** Any question and any record, for the law that every database answers as `fits` does. */
import { storable } from "@pahlevan/core/query/storable.ts";
import fc from "fast-check";

/** What means something to somebody on the way: to JSON, GLOB, LIKE, SQL, or UTF-16. */
const parts = ["a", "B", "/usr/bin/", "*", "?", "[", "]", "^", "%", "_", "\\", "'", '"', "é", "😀"];
const odd = ["\0", "\ud83d", "{", "true", "1", "\n"];
const long = fc
  .array(fc.constantFrom(...parts, ...odd), { maxLength: 4 })
  .map((some) => some.join(""));
/** So few that patterns nearly fit. */
const short = fc
  .array(fc.constantFrom("a", "a", "?", "[", "]", "%", "_", "\\"), { maxLength: 3 })
  .map((some) => some.join(""));
const text = fc.oneof(short, long);
const known = fc.constantFrom(
  "exec",
  "deny",
  "web",
  "/usr/bin/curl",
  "443",
  "",
  "pahlevan.decision",
);
const number = fc.oneof(
  fc.constantFrom(0, 1, -1, 443, 1.5, 2 ** 53, 2 ** 60, 1e21, 1e-7),
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e25, max: 1e25 }),
);
const scalar = fc.oneof(text, known, number, fc.boolean(), fc.constant(null));
const list = fc.array(fc.oneof({ weight: 9, arbitrary: scalar }, fc.constant([1])), {
  maxLength: 3,
});
/** Usually what it should be; what it should not be too. */
const oneOf = (usual: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 6, arbitrary: usual },
    scalar,
    list,
    fc.record({ a: scalar, exe: scalar }, { requiredKeys: [] }),
  );
const texts = fc.oneof(text, known);

const process = fc.record(
  {
    pid: oneOf(number),
    exe: oneOf(texts),
    args: oneOf(list),
    uid: oneOf(number),
    parent: oneOf(fc.record({ exe: oneOf(texts) }, { requiredKeys: [] })),
  },
  { requiredKeys: [] },
);

/** In its public form, one line of JSON, as a store has it. */
export const records: fc.Arbitrary<string> = fc
  .record(
    {
      namespace: oneOf(known),
      workload: oneOf(known),
      event: oneOf(known),
      facet: oneOf(known),
      action: oneOf(known),
      object: oneOf(texts),
      generation: oneOf(number),
      process: oneOf(process),
      flags: oneOf(list),
      detail: oneOf(
        fc.dictionary(fc.constantFrom("a", "exe", "__proto__", "x.y"), oneOf(scalar), {
          maxKeys: 3,
        }),
      ),
    },
    { requiredKeys: [] },
  )
  .map((record) => storable(JSON.stringify(record)));

const quoted = (value: string) =>
  `"${value
    .toWellFormed()
    .replaceAll("\0", "")
    .replaceAll(/["\\]/g, String.raw`\$&`)}"`;
const textFields = fc.constantFrom("object", "process.exe", "process.parent.exe", "workload");
const listFields = fc.constantFrom("flags", "process.args");
const numberFields = fc.constantFrom("generation", "process.pid", "process.uid");
const anyFields = fc.constantFrom("detail.a", "detail.exe", "detail.__proto__", 'detail."x.y"');
const groups = fc.constantFrom("process", "detail", "process.parent");
const written = number.filter((value) => /^-?\d+(\.\d+)?$/.test(String(value))).map(String);
const word = texts.map(quoted);
const orders = fc.constantFrom("<", "<=", ">", ">=");

const compared = fc.oneof(
  fc.tuple(
    fc.oneof(textFields, listFields, anyFields),
    fc.constantFrom("=", "!=", "~", "!~"),
    word,
  ),
  fc.tuple(fc.oneof(textFields, listFields, anyFields), fc.constantFrom("~", "!~"), pattern()),
  fc.tuple(fc.oneof(numberFields, anyFields), fc.constantFrom("=", "!="), written),
  fc.tuple(fc.oneof(numberFields, anyFields), orders, written),
  fc.tuple(anyFields, fc.constantFrom("=", "!="), fc.constantFrom("true", "false")),
  fc.tuple(textFields, fc.constantFrom("in", "not in"), listed(word)),
  fc.tuple(numberFields, fc.constantFrom("in", "not in"), listed(written)),
  fc.tuple(anyFields, fc.constantFrom("in", "not in"), listed(fc.oneof(written, word))),
  fc.tuple(
    fc.constant("exists"),
    fc.oneof(textFields, listFields, anyFields, groups),
    fc.constant(""),
  ),
);

function pattern(): fc.Arbitrary<string> {
  return fc.tuple(texts, texts).map(([one, other]) => quoted(`${one}*${other}`));
}

function listed(values: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(values, { minLength: 1, maxLength: 3 }).map((some) => `(${some.join(", ")})`);
}

export const questions: fc.Arbitrary<string> = fc.letrec<{ all: string }>((tie) => ({
  all: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    compared.map((words) => words.join(" ").trim()),
    fc.tuple(tie("all"), tie("all")).map(([one, other]) => `(${one}) and (${other})`),
    fc.tuple(tie("all"), tie("all")).map(([one, other]) => `(${one}) or (${other})`),
    tie("all").map((inner) => `not (${inner})`),
  ),
})).all;

const letters = ["a", "*", "?", "[", "]", "^", "%", "_", "\\"];
const pairs = letters.flatMap((one) => letters.map((other) => one + other));

/** Patterns and texts of letters that mean something to a database: each is tried on each. */
export const trickyWords: readonly string[] = [
  ...["", ...letters, ...pairs],
  ...["a*a", "*a*a*", "[a]", "[^a]", "[*", "a_a", "aXa", "aaa"],
];
