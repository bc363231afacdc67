/** `pahlevan up`: watches this host until it is told to end. */
import { existsSync } from "node:fs";
import { release } from "node:os";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import type { LoopFigures } from "@pahlevan/exporters/metrics/source.ts";
import { SeriesLimit } from "@pahlevan/exporters/metrics/series-limit.ts";
import { Exporter } from "@pahlevan/exporters/prometheus/exposition.ts";
import { type PinnedProgram, pinsLeft, untilGone } from "../kernel/pins.ts";
import { returnMemory } from "../kernel/trim.ts";
import { askStatus } from "../sense/control-client.ts";
import type { Move, StartingContainer } from "../sense/control-protocol.ts";
import { Control } from "../sense/control.ts";
import { HttpServer } from "../sense/http.ts";
import { CallsWatched } from "../sense/calls-watched.ts";
import { HostLearning } from "../learn/host-learning.ts";
import { everything } from "../sense/filter.ts";
import { createLog, type Logger } from "../sense/log.ts";
import { metricsSource } from "../sense/metrics-source.ts";
import type { Node } from "../sense/node.ts";
import type { Health } from "../sense/pages.ts";
import { Phases } from "../sense/phases.ts";
import { PolicySource } from "../policies/policy-source.ts";
import { Telling } from "../exports/telling.ts";
import { tiersByKind } from "../sense/senses.ts";
import { HostEnforcement } from "../enforce/host-enforcement.ts";
import { totalsOf } from "../sense/rates.ts";
import { storeFile } from "../store/open.ts";
import { banner, type BannerFacts } from "./banner.ts";
import { isOn, type Invocation } from "./command.ts";
import { address } from "@pahlevan/core/settings/values.ts";
import type { Config } from "./config/keys.ts";
import { EnvironmentError, exitCodes } from "./exit.ts";
import { credentialsIn, listen, moved, notYet, sendersTo, webConfigIn } from "./listening.ts";
import { expectRights } from "./privileges.ts";
import { RateLog } from "./rate-log.ts";
import { lift, patienceMs, stillThere } from "./releasing.ts";
import { loopSettings } from "./loop/settings.ts";
import { loadedSettings } from "./settings.ts";
import { untilSignal } from "./signals.ts";
import { opening, starting } from "./starting.ts";
import { openStore } from "./storing.ts";
import { exportingBy } from "./exporting.ts";
import { status } from "./status.ts";
import { paintFor } from "./text/colour.ts";
import { version } from "./version.ts";

const pruneMs = 60_000;
/** The banner waits so long for the names of containers. */
const namesMs = 1_000;

export async function run(invocation: Invocation): Promise<number> {
  const beganMs = performance.now();
  const loaded = await loadedSettings(invocation);
  const { config } = loaded;
  expectRights(invocation.command.name);
  await expectAlone(config);
  if (isOn(invocation, "release")) return lift(config);
  const signal = untilSignal();
  const kept: string[] = [];
  const log = createLog({ format: config.logFormat, level: config.logLevel, kept });

  let stays = false;
  let lifted: readonly PinnedProgram[] = [];
  let ready: Health = { ok: false, reasons: ["attaching to the kernel"] };
  const source = await policySource(config);
  const secrets = credentialsIn(config);
  const web = webConfigIn(config, log);
  const wrong = () => [...secrets.problems(), ...(web?.problems() ?? [])];
  const { exporting, unwatch } = await exportingBy(invocation, loaded, log);
  using store = config.learning === "on" || source ? openStore(config) : undefined;
  const node = await opening({ ...config, guard: source !== undefined });
  const { agent } = node;
  const enforcement: { begun?: HostEnforcement } = {};
  const control: { open?: Control } = {};
  const sending: { begun?: ReturnType<typeof sendersTo> } = {};
  // Asked for at the first event: before the start there are no tiers.
  const told: { tierOf?: ReturnType<typeof tiersByKind> } = {};
  const telling = new Telling({
    ...(store && source && { store: store.events }),
    exporting,
    tierOf: (kind) => (told.tierOf ??= tiersByKind(agent.senses))(kind),
    traceOf: (event) => enforcement.begun?.traceOf(event),
    complain: (says) => log.warn(says),
  });
  const figures = metricsSource({
    agent,
    build: { version, node: process.version, kernel: release() },
    observers: () => ({
      connected: control.open?.connected ?? 0,
      skipped: control.open?.skipped ?? 0,
    }),
    policies: () => enforcement.begun?.metrics() ?? [],
    loop: () => ({
      ...(enforcement.begun?.loopFigures() ?? noLoop),
      requests: sending.begun?.counts.requests() ?? [],
    }),
    sinks: () => exporting.figures(),
  });
  const limit = new SeriesLimit(config.maxSeries);
  const exporter = new Exporter(figures, limit);
  const http = new HttpServer(
    {
      metrics: (asked) => exporter.answer(asked),
      healthy: () => ({ ok: true, reasons: [] }),
      ready: () => ({ ...ready, reasons: [...ready.reasons, ...wrong()] }),
    },
    { others: () => sending.begun?.pages ?? (source ? [notYet] : []), ...(web && { web }) },
  );
  const port = await listen(http, config);
  const isHeld = (slot: number) => enforcement.begun?.policies.isHeld(slot) ?? false;
  const learning =
    store && config.learning === "on"
      ? new HostLearning({ agent, store, config, log, isHeld })
      : undefined;
  // Where nobody learns there is nobody to say that enough was seen: then they are always watched.
  const calls =
    learning &&
    new CallsWatched({
      senses: agent.senses,
      learning: learning.learning,
      identityOf: (event) => agent.identityOf(event),
      waiting: () => agent.attribution.waiting,
      isAskedFor: () => agent.tellsEvery("syscall"),
      learnedFor: () => enforcement.begun?.policies.learnsCalls(),
      judgedFor: () => enforcement.begun?.policies.judgesCalls(),
      log,
    });
  agent.calls = calls;
  const phases = new Phases({
    senses: agent.senses,
    nowMs: Date.now,
    complain: (says) => log.warn(says),
    ...(learning && { learning: learning.learning }),
  });
  // Of nobody who asks, nothing is told twice.
  if (learning || source) agent.listen(everything, (event) => phases.see(event));
  agent.listen(everything, (event) => telling.see(event));
  try {
    await starting(agent);
    if (source && store) {
      const settings = loopSettings(config);
      const edited = (policies: readonly Policy[]) => void exporting.policies(policies);
      const parts = { source, store, node, phases, config, settings, telling, edited, log };
      enforcement.begun = new HostEnforcement({ ...parts, ...(calls && { calls }) });
      await exporting.policies(source.policies.map(({ policy }) => policy));
      sending.begun = sendersTo({ config, store, secrets, enforcement: enforcement.begun, log });
    }
    phases.keep();
    calls?.keep(config.saveInterval);
    exporting.push(figures, limit);
    control.open = await Control.open({
      agent,
      path: config.controlSocket,
      observeBuffer: config.observeBuffer,
      version,
      ...(source && { hold: holdIn(enforcement), move: moveIn(enforcement) }),
      status: () => ({
        ...status(node, config, kept),
        policies: enforcement.begun?.status() ?? { held: [], problems: [] },
      }),
    });
    const names = namesKnown(node);
    await Promise.race([names, new Promise((go) => setTimeout(go, namesMs).unref())]);
    const { unpinned = [] } = enforcement.begun?.pin(config.pinDirectory, names) ?? {};
    if (source === undefined) sayWhatIsLeft(config, log);
    ready = readiness(node, unpinned);
    const url = `${http.protocol}://${address.show({ host: config.listen.host || "localhost", port })}`;
    const policies = source && { count: source.policies.length, path: source.path };
    announce({ node, config, url, beganMs, log, policies });
    returnMemory();
    const rates = new RateLog(agent, log);
    const minutely = setInterval(() => rates.write(), config.logInterval);
    // Age is looked at also where nothing more is appended.
    const pruning = setInterval(() => store?.events.prune(), pruneMs).unref();
    const why = await signal;
    clearInterval(minutely);
    clearInterval(pruning);
    ready = { ok: false, reasons: [`ending (${why})`] };
    log.info({ signal: why }, "ending");
    stays = why !== "SIGINT" && (enforcement.begun?.staysInForce ?? false);
  } finally {
    await control.open?.close();
    phases.stop();
    calls?.stop();
    await agent.stop();
    lifted = enforcement.begun?.stop(stays) ?? [];
    learning?.stop();
    telling.flush();
    unwatch();
    await exporting.stop();
    await http.close();
  }
  const counts = totalsOf(agent.senses.counts());
  agent.senses.close();
  const left = await untilGone(lifted, patienceMs);
  if (left.length > 0) log.warn(stillThere(left));
  log.info({ ...counts }, endedWith(stays, left));
  return exitCodes.fine;
}

function endedWith(stays: boolean, left: readonly PinnedProgram[]): string {
  if (stays)
    return "ended; policies stay in force until the next start, and 'pahlevan up --release' lifts them";
  return left.length > 0 ? "ended" : "ended; nothing is attached";
}

function holdIn(enforcement: { readonly begun?: HostEnforcement }) {
  return async (container: StartingContainer) => {
    if (enforcement.begun === undefined) throw new Error("the agent is still starting");
    return enforcement.begun.holdContainer(container);
  };
}

function moveIn(enforcement: { readonly begun?: HostEnforcement }) {
  return async (move: Move) => {
    if (enforcement.begun === undefined) throw new Error("the agent is still starting");
    return moved(enforcement.begun, move);
  };
}

const noLoop: Omit<LoopFigures, "requests"> = {
  transitions: [],
  signals: [],
  signalLag: [],
  signalToKernel: [],
  decisionLag: [],
  heartbeatAgeSeconds: undefined,
  isFrozen: false,
};

/** What is wrong at the start is told at the start, and nothing runs. */
async function policySource({ policy }: Config): Promise<PolicySource | undefined> {
  if (policy === "") return undefined;
  if (!existsSync(policy)) throw new EnvironmentError(`up: --policy ${policy} is not there`);
  const source = await PolicySource.open(policy);
  if (source.problems.length === 0) return source;
  throw new EnvironmentError(
    `up: policies are wrong, so nothing is started:\n  ${source.problems.join("\n  ")}`,
  );
}

async function expectAlone({ controlSocket }: Config): Promise<void> {
  const other = await askStatus(controlSocket);
  if (other === undefined) return;
  throw new EnvironmentError(
    `an agent runs here already: pid ${other.pid}, version ${other.version}, at ${controlSocket}; ` +
      `end it (kill ${other.pid}), or give this one its own --control-socket and --listen`,
  );
}

async function namesKnown({ agent }: Node): Promise<void> {
  while (agent.attribution.waiting > 0) await new Promise((go) => setTimeout(go, 20).unref());
}

function readiness({ agent }: Node, unpinned: readonly string[]): Health {
  const missing = agent.senses.tiers().filter(({ tier }) => tier === "none");
  const reasons = missing.map(({ fact, why }) => `no ${fact}: ${why ?? "no hook"}`);
  return { ok: true, reasons: [...reasons, ...unpinned] };
}

/**
 * Without policies of its own an agent does not touch those of one that may be about to restart.
 */
function sayWhatIsLeft({ pinDirectory }: Config, log: Logger): void {
  const links = pinsLeft(pinDirectory);
  if (links === 0) return;
  log.warn(
    `policies of an agent that is gone stay in force (${links} programs in ${pinDirectory}): ` +
      "'pahlevan up --policy' takes them over, 'pahlevan up --release' lifts them",
  );
}

interface Announced {
  readonly node: Node;
  readonly config: Config;
  readonly url: string;
  readonly beganMs: number;
  readonly log: Logger;
  readonly policies: BannerFacts["policies"];
}

function announce({ node, config, url, beganMs, log, policies }: Announced): void {
  const { agent, hierarchy } = node;
  const instances = [...agent.living()].map((living) => {
    const { kind: sort, workload } = agent.identityOf(living);
    return { sort, workload };
  });
  const tiers = agent.senses.tiers();
  const seconds = (performance.now() - beganMs) / 1000;
  const cgroups = `${hierarchy.mode} cgroups at ${hierarchy.mountPoint}`;
  const pretty =
    config.logFormat === "pretty" || (config.logFormat === "auto" && process.stderr.isTTY);
  if (pretty || process.stdout.isTTY) {
    const store = config.learning === "on" ? storeFile(config.stateDirectory) : undefined;
    const facts = {
      version,
      kernel: release(),
      cgroups,
      tiers,
      instances,
      url,
      seconds,
      store,
      policies,
    };
    process.stdout.write(banner(facts, paintFor(process.stdout, process.env)));
  }
  log.info(
    {
      version,
      kernel: release(),
      cgroups,
      metrics: `${url}/metrics`,
      instances: instances.length,
      seconds: Number(seconds.toFixed(2)),
      tiers: Object.fromEntries(tiers.map(({ fact, tier }) => [fact, tier])),
    },
    "up",
  );
}
