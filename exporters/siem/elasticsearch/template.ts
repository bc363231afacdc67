/** The index template of our data stream: a type for each field, in either server's words. */

/** Of what `GET /` tells; empty where it may not be asked. */
export interface Server {
  /** "opensearch", or empty for Elasticsearch. */
  readonly distribution: string;
  readonly number: string;
}

export function templateName(index: string): string {
  return `pahlevan-${index}`;
}

const [date, long, ip] = [{ type: "date" }, { type: "long" }, { type: "ip" }];
/** A term of Lucene has 32766 bytes, and a letter of UTF-8 up to four. */
const longKeyword = { type: "keyword", ignore_above: 8191 };
const end = { properties: { ip, port: long, address: { type: "keyword" } } };

export function templateFor(index: string, { distribution }: Server, version: string) {
  // Keys of their own making, searched by name and value, and no mapping for each.
  const anyKeys =
    distribution === "opensearch"
      ? { type: "flat_object" }
      : { type: "flattened", ignore_above: 1024 };
  return {
    index_patterns: [index],
    data_stream: {},
    // Above the servers' own for logs-*-* (100), and what Fleet installs (200).
    priority: 250,
    _meta: { description: "What Pahlevan tells, as ECS", managed_by: "pahlevan", version },
    template: {
      mappings: {
        date_detection: false,
        dynamic_templates: [
          {
            strings: {
              match_mapping_type: "string",
              mapping: { type: "keyword", ignore_above: 1024 },
            },
          },
        ],
        properties: {
          "@timestamp": date,
          message: { type: "match_only_text" },
          event: { properties: { severity: long, duration: long, start: date, end: date } },
          process: {
            properties: {
              pid: long,
              args_count: long,
              command_line: longKeyword,
              executable: longKeyword,
              parent: { properties: { pid: long, executable: longKeyword } },
            },
          },
          file: { properties: { path: longKeyword } },
          source: end,
          destination: end,
          related: { properties: { ip } },
          pahlevan: {
            properties: {
              object: longKeyword,
              says: { type: "match_only_text" },
              detail: anyKeys,
              attributes: anyKeys,
              unseenMass: { type: "double" },
            },
          },
        },
      },
    },
  };
}
