/** Which format a scraper is answered in: by its `Accept`, as RFC 9110 weighs it. */

export interface Format {
  readonly contentType: string;
  readonly isOpenMetrics: boolean;
}

interface Offer {
  readonly type: string;
  /** What is written is right by each of them; the first is told to who names none. */
  readonly versions: readonly string[];
  readonly isOpenMetrics: boolean;
}

const text: Offer = {
  type: "text/plain",
  versions: ["0.0.4", "1.0.0"],
  isOpenMetrics: false,
};
const openMetrics: Offer = {
  type: "application/openmetrics-text",
  versions: ["1.0.0", "0.0.1"],
  isOpenMetrics: true,
};
/** How Prometheus 3 wants names that were not legal before. Ours all were: each is kept to. */
const escapings = new Set(["allow-utf-8", "underscores", "dots", "values"]);
const plain: Format = { contentType: contentType(text, {}), isOpenMetrics: false };

/**
 * The heaviest of what can be had; of two that weigh the same the plainer text, then the one named
 * first. Who wants nothing that there is gets plain text, as from every exporter.
 */
export function formatFor(accept = ""): Format {
  let [best, most] = [plain, 0];
  for (const { type, weight, parameters } of ranges(accept)) {
    const offer = [text, openMetrics].find((each) => each.type === type) ?? wildcard(type);
    const { version } = parameters;
    if (offer === undefined || (version !== undefined && !offer.versions.includes(version)))
      continue;
    const isPlainer = weight === most && best.isOpenMetrics && !offer.isOpenMetrics;
    if (weight <= most && !isPlainer) continue;
    [best, most] = [
      { contentType: contentType(offer, parameters), isOpenMetrics: offer.isOpenMetrics },
      weight,
    ];
  }
  return best;
}

/** Also what `Accept-Encoding` says: what is named there is heard before `*`. */
export function accepts(encoding: string, acceptEncoding = ""): boolean {
  const named = [...ranges(acceptEncoding)];
  const said =
    named.find(({ type }) => type === encoding) ?? named.find(({ type }) => type === "*");
  return said !== undefined && said.weight > 0;
}

/** Who takes anything has no wish: that is plain text. */
function wildcard(type: string): Offer | undefined {
  return type === "*/*" || type === "text/*" ? text : undefined;
}

function contentType(
  { type, versions }: Offer,
  { version = versions[0], escaping }: Readonly<Record<string, string>>,
): string {
  const said = escaping !== undefined && escapings.has(escaping) ? `; escaping=${escaping}` : "";
  return `${type}; version=${version}; charset=utf-8${said}`;
}

function* ranges(header: string) {
  for (const part of header.split(",")) {
    const [type = "", ...rest] = part.split(";").map((piece) => piece.trim().toLowerCase());
    const pairs = rest.map((piece) => {
      const [name = "", value = ""] = piece.split("=");
      return [name.trim(), value.trim().replaceAll('"', "")] as const;
    });
    const parameters: Readonly<Record<string, string>> = Object.fromEntries(pairs);
    const weight = parameters["q"] === undefined ? 1 : Number(parameters["q"]) || 0;
    yield { type, weight, parameters };
  }
}
