/**
 * AppArmor's own compiler takes every profile, and the automaton that it makes of one lets through
 * what the policy does: no name of a file breaks out of its rule.
 */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { judge } from "@pahlevan/core/policy/compile/judge.ts";
import { fileAccesses, type FileAccess } from "@pahlevan/core/policy/compile/act.ts";
import type { Where } from "@pahlevan/core/policy/compile/compiled.ts";
import { exportPolicy } from "@pahlevan/core/policy/export/export.ts";
import type { Source } from "@pahlevan/core/policy/export/exported.ts";
import { pathText } from "@pahlevan/core/policy/values/path.ts";
import { Automaton, bits } from "./automaton.ts";
import { apparmorFolder, profilesOf, statesOf } from "./apparmor-parser.ts";
import { closed, documentOf, sourceOf, sources } from "./policies.ts";
import { bytesOfPath, oddPath } from "./odd-paths.ts";

beforeAll(() => apparmorFolder());

function profileOf(source: Source): string {
  const [text] = exportPolicy("apparmor", source, "x86_64").documents;
  if (typeof text !== "string") throw new Error("no profile");
  return text;
}

const letters = {
  r: ["read"],
  m: ["exec"],
  l: ["link_from", "link_to"],
  w: fileAccesses.filter((access) => !["read", "exec", "link_from"].includes(access)),
} as const satisfies Record<string, readonly FileAccess[]>;

/**
 * A letter stands for several accesses: it is granted where one of them is, denied where one is.
 */
function disagreements(source: Source, automaton: Automaton, path: string): string[] {
  const granted = automaton.permissions(bytesOfPath(path));
  const judged = (access: FileAccess) =>
    judge(source.compiled, { facet: "file", access, path }).outcome;
  const ofFile = (["r", "m", "l", "w"] as const).flatMap((letter) => {
    const outcomes = letters[letter].map(judged);
    const wanted = granted & bits[letter] ? "allow" : "deny";
    if (outcomes.includes(wanted)) return [];
    return [`${letter} of ${JSON.stringify(path)}: ${wanted}, by the policy ${outcomes.join()}`];
  });
  const { outcome } = judge(source.compiled, { facet: "exec", path });
  const wanted = granted & bits.x ? "allow" : "deny";
  return outcome === wanted ? ofFile : [...ofFile, `x of ${JSON.stringify(path)}: ${wanted}`];
}

/** Places that a rule may hold, and such as it may not. */
function probes(where: Where): string[] {
  if (where.extent === "pattern") {
    const fill = (by: string) => where.segments.map((parts) => parts.join(by)).join("/");
    return [fill("x"), fill("x y"), fill(""), fill(".x"), fill("x/y"), `${fill("x")}/z`];
  }
  const { path } = where;
  const below = path === "/" ? "" : path;
  return [
    ...[path, `${path}x`, path.slice(0, -1), `${below}/a`, `${below}/a/b`, `${below}/.a`],
    ...[path.replaceAll(/[*?^]/g, "zz"), path.replaceAll("\\", ""), `${below}/`.slice(0, -2)],
  ].filter((each) => each.startsWith("/") && !each.includes("//") && !each.endsWith("/"));
}

const enforced = [...sources].filter(([, { compiled }]) => compiled.modes.file === "enforce");

describe("AppArmor", () => {
  it.each([...sources])("takes the profile of %s as one profile", async (_, source) => {
    expect(await profilesOf(profileOf(source))).toEqual([`pahlevan-shop-${source.policy.name}`]);
  });

  it.each(enforced)("lets through what %s does, and nothing else", async (_, source) => {
    const automaton = new Automaton(await statesOf(profileOf(source)));
    const { file, exec } = source.compiled.tables;
    const places = [...file.entries, ...exec.entries].flatMap(({ where }) => probes(where));
    // AppArmor knows no pairs of interpreter and script; the export says so.
    const paired = exec.entries.flatMap(({ script, where }) =>
      script !== undefined && "path" in where ? [script, where.path] : [],
    );
    const asked = new Set([...places, "/", "/etc/shadow", "/srv/x"]);
    const wrong = [...asked]
      .filter((path) => !paired.includes(path))
      .flatMap((path) => disagreements(source, automaton, path));
    expect(wrong).toEqual([]);
  });

  it("holds a rule to its one path, whatever the path's name", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(oddPath, { minLength: 1, maxLength: 12 }),
        fc.array(oddPath, { minLength: 1, maxLength: 4 }),
        fc.array(oddPath, { maxLength: 4 }),
        fc.constantFrom("exact" as const, "children" as const, "tree" as const),
        async (read, denied, allowed, extent) => {
          const isWritten = (path: string) => path.isWellFormed();
          const of = (paths: readonly string[]) =>
            paths.filter(isWritten).map((path) => pathText({ path, extent }));
          const files = { deniedPaths: of(denied), allowedPaths: of(allowed) };
          const source = sourceOf(
            documentOf("odd", { selector: {}, enforcement: { ...closed, files } }),
            read.map((path) => ({ need: { facet: "file", access: "read", path } })),
          );
          if (source === undefined) return;
          const text = profileOf(source);
          expect(await profilesOf(text)).toEqual(["pahlevan-shop-odd"]);
          const automaton = new Automaton(await statesOf(text));
          const wrong = [...read, ...denied, ...allowed]
            .flatMap((path) => probes({ extent: "exact", path }))
            .flatMap((path) => disagreements(source, automaton, path));
          expect(wrong).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
