/** docs/exporters.md, written from the kinds of sinks and what they have in common. */
import { commonKeys } from "./common.ts";
import { kinds } from "./kinds.ts";

const begin = `# Everything that leaves Pahlevan

<!-- Generated from exporters/dispatch: node tools/check-generated.ts --fix -->

Prometheus scrapes \`/metrics\` ([prometheus](exporters/prometheus.md)). Whoever else is to know is an
exporter: a name of your own, a type, and settings, in the one file of settings
([configuration](configuration.md)). \`pahlevan up\` sends; \`run\` and \`demo\` do not.

\`\`\`yaml
exporters:
  otlp:                                # a type's name needs no \`type\`
    endpoint: http://collector:4318
  team-a:
    type: slack
    webhook-url: \${SLACK_TEAM_A}        # of the environment; or file:/run/secrets/slack
    namespaces: [shop, payments]
    minimum-severity: warning
\`\`\`

The same in a ConfigMap, a key each: \`exporters.team-a.type: slack\`. The same in the environment:
\`PAHLEVAN_EXPORTERS_TEAM_A_TYPE=slack\`, \`PAHLEVAN_EXPORTERS_TEAM_A_WEBHOOK_URL=…\`. The standard variables
of OpenTelemetry (\`OTEL_EXPORTER_OTLP_ENDPOINT\`, …) make an exporter \`otlp\` where none is configured. A
policy names receivers of its own (\`spec.observability\`, \`spec.webhooks\`).

\`pahlevan config check\` shows every setting, names every mistake, asks each peer and says what it found.
\`pahlevan notify test team-a\` sends a test message. Changes of the file are taken without a restart:
what waits goes on by the new settings, and with a mistake in it all stays as it was.

## Types

| type | what arrives | is sent, unless \`events\` says otherwise |
|---|---|---|`;

const middle = `
## Settings of every exporter

| setting | default | takes | |
|---|---|---|---|`;

const end = `
Secrets are named (\`\${NAME}\` of the environment, or \`file:/PATH\`, read again each minute) and never shown.
One that is written out is taken, with a warning.

## What happens when a peer is away

Each exporter has a queue of its own, and one request under way at a time, in a thread apart from the one
that reads the kernel: one that hangs, fails or lies slows neither another one nor the agent.

- **Lanes.** Decisions go first, then moves of loops and notices, then first sights. Where there is no
  room, the last lane gives way, its newest record first.
- **Again.** A peer that fails is asked again after half a second, then later each time, up to a minute,
  or when it asks for it (\`Retry-After\`, up to a quarter of an hour). After five failures in a row it
  counts as away (\`pahlevan_exporter_resting\`).
- **Disk.** What memory has no room for waits in the state directory (\`exporters/NAME/waiting\`),
  compressed, and is sent in its order when the peer is back. What is not sent when the agent ends waits
  there for the next start. Killed, it loses what it had in memory for peers; decisions are in its store
  ([forensics](forensics.md)).
- **Twice.** A record may arrive twice where an answer was lost. Its \`id\` is the same then, and sinks
  whose peer knows ids use it.
- **Sums.** \`accepted = sent + queued + spilled + dropped\`, by lane, in \`/metrics\`
  ([metrics](metrics.md)), with the reason for what was dropped. The alert \`PahlevanExporterFailing\` and the
  dashboard \`dashboards/generated/grafana-exporters.json\` look at them.

What all of it costs: \`./pahlevan bench exporters\`. With no exporter configured the thread is not begun.
`;

export async function exportersPage(): Promise<string> {
  const types = await Promise.all(
    kinds.types.map(async (type) => {
      const kind = await kinds.load(type);
      if (kind === undefined) throw new Error(`${type} is not there`);
      const what = [...kind.events, ...(kind.metrics ? ["metrics"] : [])].join(", ");
      return `| [\`${type}\`](exporters/${type}.md) | ${kind.says} | ${what} |`;
    }),
  );
  const common = Object.entries(commonKeys).map(([name, { type, default: fallback, doc }]) => {
    const shown = show(type, fallback);
    return `| \`${name}\` | ${shown === "" ? "" : `\`${shown}\``} | ${type.says} | ${doc} |`;
  });
  return [begin, ...types, middle, ...common, end].join("\n");
}

function show<T>(type: { show(value: T): string }, value: T | undefined): string {
  return value === undefined ? "" : type.show(value);
}
