/**
 * Compares what is written from definitions (policies, alert rules) with them; `--fix` writes it.
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { stringify } from "yaml";
import { cliPage } from "../agent/cli/document.ts";
import { vocabulary } from "../agent/policies/vocabulary.ts";
import { loopPage } from "../core/loop/page.ts";
import { crd } from "../core/policy/publish/crd.ts";
import { editorSchema } from "../core/policy/publish/editor.ts";
import { referencePage } from "../core/policy/publish/reference.ts";
import { exportersPage } from "../exporters/dispatch/document.ts";
import { ruleFiles } from "../dashboards/rules/files.ts";
import { metricsPage } from "../exporters/metrics/document.ts";
import { telemetryPage } from "../exporters/otlp/page.ts";
import { withPieces } from "../exporters/datadog/document.ts";
import { metadataCsv } from "../exporters/datadog/metadata.ts";

const exporters = await exportersPage();
const generated: Readonly<Record<string, () => string>> = {
  "deploy/crds/policy.pahlevan.io_pahlevanpolicies.yaml": () =>
    `# Generated from core/policy: node tools/check-generated.ts --fix\n${stringify(crd(), { lineWidth: 100, aliasDuplicateObjects: false })}`,
  "docs/reference/policy.md": referencePage,
  "docs/reference/policy.schema.json": () =>
    `${JSON.stringify(editorSchema(vocabulary), undefined, 2)}\n`,
  "docs/loop.md": loopPage,
  "docs/cli.md": cliPage,
  "docs/metrics.md": metricsPage,
  "docs/exporters.md": () => exporters,
  "docs/reference/telemetry.md": telemetryPage,
  ...ruleFiles,
  "deploy/datadog/metadata.csv": metadataCsv,
  ...Object.fromEntries(
    ["docs/exporters/datadog.md", "docs/exporters/dogstatsd.md"].map((page) => [
      page,
      () => withPieces(readFileSync(page, "utf8")),
    ]),
  ),
};

const fix = process.argv.includes("--fix");
let differing = 0;
for (const [file, text] of Object.entries(generated)) {
  const is = existsSync(file) ? readFileSync(file, "utf8") : "";
  const ought = text();
  if (is === ought) continue;
  if (fix) {
    writeFileSync(file, ought);
    continue;
  }
  differing += 1;
  console.log(`${file} is not what it is written from: node tools/check-generated.ts --fix`);
}
process.exitCode = differing > 0 ? 1 : 0;
