/** The table of docs/alerts.md; the page around it is written by hand. */
import { span } from "../pace.ts";
import type { Alert } from "../rule.ts";

const begin = "<!-- Generated from dashboards/rules: node dashboards/rules/generate.ts -->";
const end = "<!-- end of what is generated -->";

export function withTable(page: string, alerts: readonly Alert[]): string {
  const [above, rest] = page.split(begin);
  const below = rest?.split(end)[1];
  if (above === undefined || below === undefined)
    throw new Error(`docs/alerts.md lacks the lines '${begin}' and '${end}'`);
  return `${above}${begin}\n\n${table(alerts)}\n\n${end}${below}`;
}

function table(alerts: readonly Alert[]): string {
  return [
    "| alert | lever | severity | after | means | why it does not drive itself |",
    "|---|---|---|---|---|---|",
    ...alerts.map(({ name, signal, severity, forSeconds, summary, circle }) => {
      const lever = signal ? `\`${signal}\`` : "";
      const after = forSeconds === 0 ? "at once" : span(forSeconds);
      const runbook = `[${name}](runbooks/${name}.md)`;
      return `| ${runbook} | ${lever} | ${severity} | ${after} | ${summary} | ${circle} |`;
    }),
  ].join("\n");
}
