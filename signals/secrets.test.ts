/** Where secrets come from, how they are changed, and that nobody sees them. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { SecretError, type Sender } from "./credential-lines.ts";
import { Secrets } from "./secrets.ts";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fresh = () => mkdtempSync(join(folder, "of-"));
const words = (secrets: Secrets, sender: Sender, nowMs = 0) =>
  secrets.of(sender, nowMs).map((each) => ("key" in each ? each.key.toString() : each.san));
const one = "the-first-secret-of-all";
const two = "the-one-that-comes-next";

describe("secrets", () => {
  it("come from a file of the receiver's name, one a line", () => {
    const directory = fresh();
    writeFileSync(join(directory, "grafana"), `${two}\n${one}\n`);
    const secrets = new Secrets({ directory }, 0);
    expect(words(secrets, "grafana")).toEqual([two, one]);
    expect(words(secrets, "datadog")).toEqual([]);
  });

  it("of operators have names, and certificates may stand among them", () => {
    const directory = fresh();
    const file = `alice ${one}\n\ncertificate bob@example.org\nalice ${two}\n`;
    writeFileSync(join(directory, "operator"), file);
    const secrets = new Secrets({ directory }, 0);
    expect(words(secrets, "operator")).toEqual([one, "bob@example.org", two]);
    const names = secrets.of("operator", 0).map(({ name }) => name);
    expect(names).toEqual(["alice", "bob@example.org", "alice"]);
  });

  it.each(["operator", "viewer"] as const)("of %ss go with their lines, and their file", (kind) => {
    const directory = fresh();
    const file = join(directory, kind);
    const secrets = new Secrets({ directory }, 0);
    let nowMs = 0;
    const now = () => words(secrets, kind, (nowMs += 1_000));
    writeFileSync(file, `alice ${one}\nbob ${two}\n`);
    expect(now()).toEqual([one, two]);
    writeFileSync(file, `bob ${two}\n`);
    expect(now()).toEqual([two]);
    writeFileSync(file, "bob short");
    expect(now()).toEqual([two]);
    writeFileSync(file, "");
    expect(now()).toEqual([]);
    writeFileSync(file, `bob ${two}\n`);
    expect(now()).toEqual([two]);
    rmSync(file);
    expect(now()).toEqual([]);
    expect(secrets.problems()).toEqual([]);
  });

  it("come from the environment, which wins", () => {
    const directory = fresh();
    writeFileSync(join(directory, "datadog"), one);
    const environment = { PAHLEVAN_SIGNALS_SECRET_DATADOG: two };
    expect(words(new Secrets({ directory, environment }, 0), "datadog")).toEqual([two]);
  });

  it("change with their file, within a second", () => {
    const directory = fresh();
    const file = join(directory, "alertmanager");
    writeFileSync(file, one);
    const secrets = new Secrets({ directory }, 0);
    writeFileSync(`${file}.new`, `${two}\n${one}`);
    renameSync(`${file}.new`, file);
    expect(words(secrets, "alertmanager", 999)).toEqual([one]);
    expect(words(secrets, "alertmanager", 1_000)).toEqual([two, one]);
  });

  it("stay in use while their file is gone or wrong, and that is told", () => {
    const directory = fresh();
    const file = join(directory, "alertmanager");
    writeFileSync(file, one);
    const secrets = new Secrets({ directory }, 0);
    writeFileSync(file, "short");
    expect(words(secrets, "alertmanager", 1_000)).toEqual([one]);
    expect(secrets.problems()).toEqual([expect.stringContaining("shorter than 16")]);
    rmSync(file);
    expect(words(secrets, "alertmanager", 2_000)).toEqual([one]);
    expect(secrets.problems()).toEqual([expect.stringContaining("is gone")]);
    writeFileSync(file, two);
    expect(words(secrets, "alertmanager", 3_000)).toEqual([two]);
    expect(secrets.problems()).toEqual([]);
  });

  it.each([
    ["grafana", "", /is empty/],
    ["grafana", "hunter2", /line 1: shorter than 16 characters/],
    ["grafana", `${one}\n${two}\nanother-of-some-length`, /3 secrets; 2 may be live/],
    ["grafana", `${one}\ntwo words in one line`, /line 2: it has a blank/],
    ["generic", one, /line 1: it takes whsec_/],
    ["datadog", `certificate a\ncertificate b\ncertificate c`, /3 certificates; 2 may be live/],
    ["operator", one, /line 1: it takes a name and a secret/],
    ["operator", `alice hunter2`, /line 1: shorter than 16/],
    ["operator", `al/ice ${one}`, /line 1: a name has letters/],
    ["operator", `alice ${one}\nalice ${two}\nalice ${one}x`, /3 secrets of alice/],
    ["operator", `alice ${one}\n`.repeat(65), /65 lines; it takes 64/],
    ["generic", "whsec_c2hvcnQ=", /24 to 64 bytes/],
  ] as const)("of %s may not be %j, and the error does not show it", (receiver, text, why) => {
    const directory = fresh();
    writeFileSync(join(directory, receiver), text);
    const attempt = () => new Secrets({ directory }, 0);
    expect(attempt).toThrow(SecretError);
    expect(attempt).toThrow(why);
    for (const word of text.split("\n").filter((each) => each !== ""))
      expect(attempt).not.toThrow(word);
  });

  it("in a place that cannot be read stop the start", () => {
    const directory = fresh();
    mkdirSync(join(directory, "grafana"));
    expect(() => new Secrets({ directory }, 0)).toThrow(/EISDIR/);
  });

  it("are not in what an object of theirs prints", () => {
    const secrets = new Secrets({ environment: { PAHLEVAN_SIGNALS_SECRET_GRAFANA: one } }, 0);
    expect(inspect(secrets, { depth: 9, showHidden: true })).not.toContain(one);
    expect(JSON.stringify(secrets)).not.toContain(one);
  });
});
