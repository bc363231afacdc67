/**
 * Prometheus and Alertmanager as a team runs them, with the shipped rules and the shipped route.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { ownRules } from "./policy.ts";
import { Server } from "./server.ts";
import { alertmanagerExample, quickRules } from "./words.ts";

const listening = /msg="Listening on" address=(\S+)/;

export interface Programs {
  readonly prometheus: string;
  readonly alertmanager: string;
  /** "Prometheus 2.42.0 and Alertmanager 0.25.0" */
  readonly says: string;
}

/** Undefined where one of the two is not installed. */
export function monitoringPrograms(): Programs | undefined {
  const prometheus = versioned("prometheus");
  const alertmanager = versioned("prometheus-alertmanager") ?? versioned("alertmanager");
  if (prometheus === undefined || alertmanager === undefined) return undefined;
  return {
    prometheus: prometheus.program,
    alertmanager: alertmanager.program,
    says: `Prometheus ${prometheus.version} and Alertmanager ${alertmanager.version}`,
  };
}

export interface Watching {
  readonly folder: string;
  readonly programs: Programs;
  readonly token: string;
  /** HOST:PORT of each. */
  readonly pahlevan: string;
  readonly customers: string;
  /** Of the demo that they are part of. */
  readonly mark: string;
}

/** The address of Prometheus. */
export async function startMonitoring(watching: Watching): Promise<string> {
  const { folder, programs, token, pahlevan, customers, mark } = watching;
  mkdirSync(folder);
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const tokenFile = file("token", token);
  const route = file("alertmanager.yml", routeTo(pahlevan, tokenFile));
  const alertmanager = new Server({
    program: programs.alertmanager,
    args: [
      `--config.file=${route}`,
      `--storage.path=${join(folder, "alerts")}`,
      "--cluster.listen-address=",
      "--web.listen-address=127.0.0.1:0",
    ],
    address: listening,
    mark,
  });
  await alertmanager.started();
  const own = file("shop.rules.yaml", ownRules);
  const targets = { pahlevan, customers, alertmanager: alertmanager.address };
  const config = file("prometheus.yml", JSON.stringify(scraping(targets, [quickRules, own])));
  // Its own address is in what it sends: that has to be known before.
  const listens = `127.0.0.1:${await freePort("127.0.0.1")}`;
  const prometheus = new Server({
    program: programs.prometheus,
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, "series")}`,
      `--web.listen-address=${listens}`,
      `--web.external-url=http://${listens}`,
    ],
    address: listening,
    mark,
  });
  await prometheus.started();
  return `http://${listens}`;
}

function versioned(program: string) {
  const { status, stdout, stderr } = spawnSync(program, ["--version"], { encoding: "utf8" });
  const [, version] = /version (\d+\.\d+\.\d+)/.exec(`${stdout}${stderr}`) ?? [];
  return status === 0 && version !== undefined ? { program, version } : undefined;
}

/** The shipped example, as it would be edited: where Pahlevan is, and how often groups are sent. */
export function routeTo(pahlevan: string, tokenFile: string): string {
  const edits = [
    ["127.0.0.1:9464", pahlevan],
    ["/etc/alertmanager/pahlevan-secret", tokenFile],
    ["group_interval: 10s", "group_interval: 1s"],
  ] as const;
  return edits.reduce(
    (text, [is, becomes]) => {
      if (!text.includes(is)) throw new Error(`${alertmanagerExample} has no ${is}`);
      return text.replace(is, becomes);
    },
    readFileSync(alertmanagerExample, "utf8"),
  );
}

interface Targets {
  readonly pahlevan: string;
  readonly customers: string;
  readonly alertmanager: string;
}

/** JSON is YAML. */
function scraping({ pahlevan, customers, alertmanager }: Targets, rules: readonly string[]) {
  const job = (name: string, target: string) => {
    return { job_name: name, honor_labels: true, static_configs: [{ targets: [target] }] };
  };
  return {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: rules,
    scrape_configs: [job("pahlevan", pahlevan), job("shop", customers)],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
  };
}
