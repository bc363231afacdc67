/** Every file that is written for Datadog from boards, pipeline and rules, by its place. */
import { datadogBoard } from "./board.ts";
import { integrationFiles } from "./integration.ts";
import { datadogPipeline } from "./log-pipeline.ts";

const asJson = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

export const datadogFiles: Readonly<Record<string, () => string>> = {
  "dashboards/generated/datadog-dashboard.json": () => asJson(datadogBoard()),
  "dashboards/generated/datadog-log-pipeline.json": () => asJson(datadogPipeline()),
  ...Object.fromEntries(
    Object.entries(integrationFiles).map(([file, text]) => [`deploy/datadog/${file}`, text]),
  ),
};
