/** What a scrape of ten thousand series takes: of the agent's own time, and of another thread's. */
import { noFacts } from "@pahlevan/core/behaviour/no-facts.ts";
import { madePolicy, madeSource } from "@pahlevan/exporters/metrics/made.ts";
import { SeriesLimit } from "@pahlevan/exporters/metrics/series-limit.ts";
import type { MetricsSource } from "@pahlevan/exporters/metrics/source.ts";
import { Exporter } from "@pahlevan/exporters/prometheus/exposition.ts";
import type { Row } from "./row.ts";
import { spreadOf } from "./spread.ts";

const scrapes = 60;
const budgetMs = 50;
const openMetrics = "application/openmetrics-text;version=1.0.0";

export async function run(): Promise<readonly Row[]> {
  const tenThousand = sourceOf(294);
  const fiftyThousand = sourceOf(1_470);
  return [
    await row("text", tenThousand, { accept: "text/plain" }),
    await row("OpenMetrics", tenThousand, { accept: openMetrics }),
    await row("OpenMetrics, gzip", tenThousand, {
      ...{ accept: openMetrics, "accept-encoding": "gzip" },
    }),
    await row("OpenMetrics, of 50 000", fiftyThousand, { accept: openMetrics }, 10_000),
  ];
}

type Headers = Parameters<Exporter["answer"]>[0];

async function row(
  name: string,
  source: MetricsSource,
  asked: Headers,
  most?: number,
): Promise<Row> {
  const exporter = new Exporter(source, new SeriesLimit(most));
  const { body } = await exporter.scrape(openMetrics);
  const series = body.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
  const took: number[] = [];
  const busy: number[] = [];
  let size = 0;
  for (let at = 0; at < scrapes; at++) {
    const [began, before] = [performance.now(), process.threadCpuUsage()];
    const answer = await exporter.answer(asked);
    const { user, system } = process.threadCpuUsage(before);
    took.push(performance.now() - began);
    busy.push((user + system) / 1_000);
    size = answer.body.length;
  }
  // Of the agent's own thread: what others do with the processors is not in it.
  const { median, low, high } = spreadOf(busy);
  return {
    name: `a scrape: ${name}`,
    value: median,
    unit: "ms",
    // Of ten thousand; what is folded is read, too, and told of beside it.
    budget: most === undefined ? `≤ ${budgetMs} ms` : "-",
    ok: median <= budgetMs,
    detail: `${series} series, ${Math.round(size / 1_024)} KB; quartiles ${low.toFixed(1)}–${high.toFixed(1)} ms; until the answer ${spreadOf(took).median.toFixed(1)} ms`,
  };
}

/** Workloads as they are: a policy each, five facets with decisions, and profiles. */
function sourceOf(workloads: number): MetricsSource {
  const facets = ["exec", "file", "network", "syscall", "capability"] as const;
  const policies = Array.from({ length: workloads }, (_, at) =>
    madePolicy({
      workload: `checkout-${at}`,
      policy: `checkout-${at}`,
      quietSeconds: at,
      behaviours: Object.fromEntries(facets.map((facet) => [facet, at])),
      decided: facets.map((facet) => {
        return { facet, action: "deny", mode: "enforce", tier: "lsm", times: at };
      }),
    }),
  );
  const facts = { ...noFacts(), exec: 4, file: 210, network: 7, syscall: 90, capability: 1 };
  return madeSource({
    policies: () => policies,
    instances: () =>
      policies.map(({ namespace, workload }) => {
        return { sort: "container", namespace, workload, lossy: false, facts };
      }),
  });
}
