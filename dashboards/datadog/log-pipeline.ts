/** What Datadog makes of our logs: its own standard attributes, so that other views find them. */

/** By which `pahlevan datadog apply` knows it again. */
const pipelineName = "Pahlevan";

const processors = [
  {
    type: "date-remapper",
    name: "`timestamp` is the log's date",
    sources: ["timestamp"],
  },
  { type: "status-remapper", name: "`status` is the log's status", sources: ["status"] },
  { type: "trace-id-remapper", name: "The loop's trace", sources: ["dd.trace_id"] },
  standard("pahlevan.detail.remote.address", "network.destination.ip"),
  standard("pahlevan.detail.remote.port", "network.destination.port"),
  standard("pahlevan.process.uid", "usr.id"),
  {
    type: "geo-ip-parser",
    name: "Where the other side is",
    sources: ["network.destination.ip"],
    target: "network.destination.geoip",
  },
  {
    type: "category-processor",
    name: "What became of it, as evt.outcome",
    target: "evt.outcome",
    categories: [
      { name: "refused", filter: { query: "@pahlevan.action:(deny OR kill)" } },
      { name: "told", filter: { query: "@pahlevan.action:alert" } },
      {
        name: "watched",
        filter: { query: "@evt.name:pahlevan.decision @pahlevan.action:allow" },
      },
    ],
  },
];

export function datadogPipeline() {
  return {
    name: pipelineName,
    description: "Written by 'pahlevan datadog apply': what is changed by hand is changed back.",
    tags: ["managed-by:pahlevan"],
    is_enabled: true,
    filter: { query: "source:pahlevan" },
    processors: processors.map((processor) => ({ ...processor, is_enabled: true })),
  };
}

function standard(source: string, target: string) {
  return {
    type: "attribute-remapper",
    name: `\`${source}\` is also \`${target}\``,
    sources: [source],
    source_type: "attribute",
    target,
    target_type: "attribute",
    preserve_source: true,
    override_on_conflict: false,
  };
}

const facets = [
  ["Event", "evt.name"],
  ["Outcome", "evt.outcome"],
  ["Facet", "pahlevan.facet"],
  ["Object", "pahlevan.object"],
  ["Action", "pahlevan.action"],
  ["Mode", "pahlevan.mode"],
  ["Executable", "pahlevan.process.exe"],
] as const;

/** As integrations-extras has pipelines: the same words, put together another way. */
export function integrationPipeline() {
  const { name, filter } = datadogPipeline();
  return {
    id: "pahlevan",
    metric_id: "pahlevan",
    backend_name: null,
    facets: facets.map(([label, path]) => ({
      groups: ["Pahlevan"],
      name: label,
      path,
      source: "log",
    })),
    pipeline: {
      type: "pipeline",
      name,
      enabled: true,
      filter,
      processors: datadogPipeline().processors.map((processor) =>
        Object.fromEntries(Object.entries(processor).map(([key, value]) => [inCamel(key), value])),
      ),
    },
  };
}

function inCamel(key: string): string {
  if (key === "is_enabled") return "enabled";
  return key.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
