/** metadata.csv of Datadog's integrations: every metric that we send there, from our own table. */
import { metrics } from "../metrics/metrics.ts";
import type { Metric } from "../metrics/metric.ts";
import { datadogName } from "./names.ts";

const header =
  "metric_name,metric_type,interval,unit_name,per_unit_name,description,orientation,integration,short_name,curated_metric";
/** Datadog cuts longer ones. */
const mostDescription = 400;

interface Row {
  readonly name: string;
  readonly type: "count" | "gauge";
  readonly unit: string;
  readonly says: string;
}

export function metadataCsv(): string {
  const rows = metrics.flatMap(rowsOf).toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return [
    header,
    ...rows.map(({ name, type, unit, says }) => {
      const short = name.replace(/^pahlevan\./, "").replaceAll(/[._]/g, " ");
      return [name, type, "", unit, "", quoted(says), "0", "pahlevan", short, ""].join(",");
    }),
    "",
  ].join("\n");
}

function rowsOf(metric: Metric): Row[] {
  const { name, type, help } = metric;
  const own = datadogName(name, type);
  const unit = unitOf(name);
  if (type !== "histogram")
    return [{ name: own, type: type === "counter" ? "count" : "gauge", unit, says: help }];
  const bucket = `${help} How often up to \`upper_bound\`.`;
  return [
    { name: `${own}.bucket`, type: "count", unit: "", says: bucket },
    { name: `${own}.count`, type: "count", unit: "", says: `${help} How often.` },
    { name: `${own}.sum`, type: "count", unit, says: `${help} The sum.` },
  ];
}

function unitOf(name: string): string {
  const own = name.replace(/_total$/, "");
  if (own.endsWith("_seconds")) return "second";
  if (own.endsWith("_bytes")) return "byte";
  if (own.endsWith("_ratio")) return "fraction";
  return own.endsWith("_packets") ? "packet" : "";
}

function quoted(text: string): string {
  const cut = text.length > mostDescription ? `${text.slice(0, mostDescription - 1)}…` : text;
  return /[",\n]/.test(cut) ? `"${cut.replaceAll('"', '""')}"` : cut;
}
