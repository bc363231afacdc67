import { expect, it } from "vitest";
import { opened, seenBy } from "../../test/sim/facts.ts";
import type { Fact } from "./fact.ts";
import { generalise } from "./generalise/generalise.ts";
import { learn } from "./learn.ts";
import { emptyProfile, type Profile } from "./profile.ts";
import { generalisingOf, learnedOf, wildcardsIn } from "./standing.ts";

const web = { id: "web-1", startedMs: 0 };
const learned = learn(
  emptyProfile,
  ["/srv/item", "/etc/app/item"].flatMap((path) =>
    [1, 2, 3].map((number) => seenBy(web, number, opened(`${path}${number}`))),
  ),
);

function patterns(profile: Profile): string[] {
  const texts = learnedOf(profile, "file").map(({ text }) => text);
  return generalise(
    texts,
    generalisingOf(profile, () => undefined),
  ).groups.map(({ text }) => text);
}

function decided(text: string, allow: boolean): Fact {
  return { fact: "decided", text, verdict: { allow, by: "ann", reason: "", atMs: 9 } };
}

it("generalises where nothing is guarded", () => {
  expect(patterns(learned)).toEqual(["file read /srv/item*"]);
});

it("undoes what a person refused: every behaviour stands for itself again", () => {
  const refused = learn(learned, [decided("file read /srv/item*", false)]);
  expect(patterns(refused)).toEqual([]);
  expect(learnedOf(refused, "file")).toHaveLength(6);
});

it("allows wildcards in a guarded directory on a person's word, until it is taken back", () => {
  const allowed = learn(learned, [decided(wildcardsIn("/etc/app"), true)]);
  expect(patterns(allowed)).toEqual(["file read /srv/item*", "file read /etc/app/item*"]);
  const verdict = { allow: false, by: "bob", reason: "", atMs: 10 };
  expect(
    patterns(learn(allowed, [{ fact: "decided", text: wildcardsIn("/etc/app"), verdict }])),
  ).toEqual(["file read /srv/item*"]);
});
