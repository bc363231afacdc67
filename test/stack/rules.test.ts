/** The shipped alert rules, judged by Prometheus' and Alertmanager's own tools. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { quickPace } from "../../dashboards/rules/pace.ts";
import { shippedGroups } from "../../dashboards/rules/shipped.ts";
import { inlined } from "../../dashboards/rules/write/inlined.ts";
import { prometheusRule, rulesFile } from "../../dashboards/rules/write/prometheus.ts";

const generated = fileURLToPath(new URL("../../dashboards/generated", import.meta.url));
const tests = readdirSync(join(generated, "tests"));
const isThere = (tool: string) => spawnSync(tool, ["--version"]).status === 0;
const promtool = isThere("promtool") ? undefined : "needs promtool (Debian: prometheus)";
const amtool = isThere("amtool") ? undefined : "needs amtool (Debian: prometheus-alertmanager)";

/** What the tool says. */
function said(tool: string, ...args: string[]): { fault: string; words: string } {
  const { status, stdout, stderr } = spawnSync(tool, args, { encoding: "utf8" });
  return { fault: status === 0 ? "" : `${stdout}${stderr}`, words: stdout };
}
const faultOf = (tool: string, ...args: string[]) => said(tool, ...args).fault;

describe.skipIf(promtool !== undefined)(`promtool (${promtool ?? "it is there"})`, () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "rules-"));
    cpSync(join(generated, "tests"), join(folder, "tests"), { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ["as they are shipped", rulesFile(shippedGroups())],
    ["at the pace of a demonstration", rulesFile(shippedGroups(quickPace))],
    ["in the operator's manifest", specOf(prometheusRule(shippedGroups()))],
  ])("takes the rules %s", (_, rules) => {
    const file = join(folder, "checked.yaml");
    writeFileSync(file, rules);
    expect(faultOf("promtool", "check", "rules", file)).toBe("");
  });

  it("takes the example of a team's own alert, as the documentation has it", () => {
    const page = readFileSync(new URL("../../docs/alerts.md", import.meta.url), "utf8");
    const [, example = ""] = /```yaml\n(- alert: [^]*?)```/.exec(page) ?? [];
    const file = join(folder, "own.yaml");
    writeFileSync(file, stringify({ groups: [{ name: "own", rules: parse(example) as unknown }] }));
    expect(faultOf("promtool", "check", "rules", file)).toBe("");
    expect(example).toContain("pahlevan_signal: rollback");
  });

  it.each(tests)("sees every alert fire when it should, and only then (%s)", (file) => {
    writeFileSync(join(folder, "pahlevan.rules.yaml"), rulesFile(shippedGroups()));
    expect(faultOf("promtool", "test", "rules", join(folder, "tests", file))).toBe("");
  });

  it.each(tests)("sees the same of Grafana's, which have no recording rules (%s)", (file) => {
    writeFileSync(join(folder, "pahlevan.rules.yaml"), rulesFile(inlined(shippedGroups())));
    expect(faultOf("promtool", "test", "rules", join(folder, "tests", file))).toBe("");
  });
});

describe.skipIf(amtool !== undefined)(`amtool (${amtool ?? "it is there"})`, () => {
  const config = join(generated, "alertmanager.yml");

  it("takes the example", () => {
    expect(faultOf("amtool", "check-config", config)).toBe("");
  });

  it.each([
    ["the heartbeat to Pahlevan alone", ["pahlevan_signal=heartbeat"], "pahlevan"],
    ["a shipped lever to Pahlevan and people", ["pahlevan_signal=rollback"], "pahlevan,people"],
    [
      "a lever forward to Pahlevan alone",
      ["alertname=PahlevanCanaryHealthy", "pahlevan_signal=advance", "severity=info"],
      "pahlevan,nobody",
    ],
    [
      "a team's own alert with the label to Pahlevan and people",
      ["alertname=CheckoutErrorsHigh", "team=shop", "pahlevan_signal=rollback"],
      "pahlevan,people",
    ],
    ["an alert without it to people", ["alertname=PahlevanAgentDown"], "people"],
  ])("routes %s", (_, labels, receivers) => {
    const { words } = said(
      "amtool",
      "config",
      "routes",
      "test",
      `--config.file=${config}`,
      ...labels,
    );
    expect(words.trim()).toBe(receivers);
  });
});

function specOf(manifest: string): string {
  return stringify(z.object({ spec: z.unknown() }).parse(parse(manifest)).spec);
}
