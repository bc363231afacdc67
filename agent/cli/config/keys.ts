/**
 * Every setting of the agent: one table, from which flags, `PAHLEVAN_*`, the file, help and docs
 * come.
 */
import { facetsThatMayBeOff, type FacetThatMayBeOff } from "../../kernel/hooks.ts";
import { usualSettings, type Levers, type Weights } from "@pahlevan/core/loop/settings.ts";
import { usualEventBytes } from "../../store/event-limits.ts";
import { levers, weights } from "./loop-values.ts";
import {
  absolutePath,
  address,
  bytes,
  choice,
  count,
  duration,
  list,
  text,
  type ListenAddress,
  type ValueType,
} from "@pahlevan/core/settings/values.ts";

export interface Config {
  readonly listen: ListenAddress;
  readonly webConfig: string;
  readonly maxSeries: number;
  readonly controlSocket: string;
  readonly logFormat: "auto" | "pretty" | "json";
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly logInterval: number;
  readonly ringBufferSize: number;
  readonly maxInstances: number;
  readonly seenEntries: number;
  readonly seenEntriesOwn: number;
  readonly seenEntriesMost: number;
  readonly fullRecordsPerSecond: number;
  readonly cgroupHierarchy: string;
  readonly facetsOff: readonly FacetThatMayBeOff[];
  readonly secretsDirectory: string;
  readonly metricsInterval: number;
  readonly metadataWait: number;
  readonly processTableSize: number;
  readonly journalSize: number;
  readonly observeBuffer: number;
  readonly stateDirectory: string;
  readonly learning: "on" | "off";
  readonly saveInterval: number;
  readonly decisionsKept: number;
  readonly eventsKeptFor: number;
  readonly eventsSize: number;
  readonly eventsFirstSights: "on" | "off";
  readonly policy: string;
  readonly maxPolicies: number;
  readonly pinDirectory: string;
  readonly cluster: string;
  readonly signalsSecrets: string;
  readonly alertmanagerUrl: string;
  readonly heartbeat: "auto" | "required";
  readonly heartbeatTimeout: number;
  readonly levers: Partial<Levers>;
  readonly weights: Partial<Weights>;
  readonly freshFor: number;
  readonly coolDown: number;
  readonly mostReturns: number;
  readonly candidateExpiry: number;
  readonly blastRadius: number;
}
const week = 7 * 86_400_000;

export type KeyName = keyof Config;

export interface Key<T> {
  readonly type: ValueType<T>;
  readonly default: T;
  readonly doc: string;
}

export const keys: { readonly [K in KeyName]: Key<Config[K]> } = {
  listen: {
    type: address,
    default: { host: "127.0.0.1", port: 9464 },
    doc: "Where /metrics, /healthz, /readyz, /v1/signals and /v1/loop are served. Port 0 takes a free one and prints it.",
  },
  webConfig: {
    type: text("a file"),
    default: "",
    doc: "TLS and users of that address, in the file format of Prometheus' exporters (docs/http.md). Changes are taken without a restart. Empty: HTTP, for whoever reaches it.",
  },
  maxSeries: {
    type: count(2_000, 1_000_000),
    default: 20_000,
    doc: "Series that /metrics has at most. Past it further workloads are told of together, as `other` (docs/exporters/prometheus.md).",
  },
  controlSocket: {
    type: absolutePath,
    default: "/run/pahlevan/agent.sock",
    doc: "Unix socket, for root only, by which `observe` and `debug` reach the running agent.",
  },
  logFormat: {
    type: choice("auto", "pretty", "json"),
    default: "auto",
    doc: "Log lines on stderr: `pretty` for people, `json` for machines, `auto` by whether stderr is a terminal.",
  },
  logLevel: {
    type: choice("debug", "info", "warn", "error"),
    default: "info",
    doc: "The least important line that is logged.",
  },
  logInterval: {
    type: duration(1_000, 86_400_000),
    default: 60_000,
    doc: "How often the line with events/sec is logged.",
  },
  ringBufferSize: {
    type: bytes(32_768, 1 << 30),
    default: 4 << 20,
    doc: "The ring between kernel and agent; rounded up to a power of two. Larger bridges longer bursts.",
  },
  maxInstances: {
    type: count(16, 16_384),
    default: 1_024,
    doc: "Containers, services and commands that are told apart at a time; later ones are counted together.",
  },
  seenEntries: {
    type: count(4_096, 4_194_304),
    default: 131_072,
    doc: "Facts that the kernel remembers, over all instances.",
  },
  seenEntriesOwn: {
    type: count(1, 65_536),
    default: 64,
    doc: "Of those, the part that each instance has for itself, whatever the others do.",
  },
  seenEntriesMost: {
    type: count(1, 1_048_576),
    default: 4_096,
    doc: "The most that one instance gets.",
  },
  fullRecordsPerSecond: {
    type: count(0, 1_000_000),
    default: 100,
    doc: "Records a second that an instance whose part is full may still send.",
  },
  cgroupHierarchy: {
    type: text("v2, or the name of a v1 controller; empty chooses"),
    default: "",
    doc: "Which cgroup hierarchy tells instances apart. Empty takes v2 where it is mounted.",
  },
  facetsOff: {
    type: list(facetsThatMayBeOff),
    default: [],
    doc: "Facets that are not sensed at all. What tells who lives (exec, process, instance) is always on.",
  },
  metadataWait: {
    type: duration(0, 60_000),
    default: 2_000,
    doc: "How long a record waits for its container's name before it goes on without.",
  },
  processTableSize: {
    type: count(256, 1_048_576),
    default: 16_384,
    doc: "Processes whose arguments and parents are remembered.",
  },
  journalSize: {
    type: count(0, 1_048_576),
    default: 4_096,
    doc: "First sights that are kept for `observe --since-start`.",
  },
  observeBuffer: {
    type: count(16, 1_048_576),
    default: 4_096,
    doc: "Events that wait for one slow `observe`; past it they are skipped, counted, and the count is shown.",
  },
  stateDirectory: {
    type: absolutePath,
    default: "/var/lib/pahlevan",
    doc: "Where the store is: profiles, states of policies and decisions, in `pahlevan.db`.",
  },
  learning: {
    type: choice("on", "off"),
    default: "on",
    doc: "Whether what workloads do is learned into the store. What is in it already stays.",
  },
  saveInterval: {
    type: duration(1_000, 3_600_000),
    default: 30_000,
    doc: "How often what was learned is saved. Killed in between, so much of it is lost.",
  },
  decisionsKept: {
    type: count(0, 10_000_000),
    default: 100_000,
    doc: "Decisions that the store keeps; the oldest of the workload with the most are dropped.",
  },
  eventsKeptFor: {
    type: duration(60_000, 520 * week),
    default: 30 * 86_400_000,
    doc: "For how long the store keeps what happened: decisions, moves of loops, notices (docs/forensics.md).",
  },
  eventsSize: {
    type: bytes(1 << 20, 64 * (1 << 30)),
    default: usualEventBytes,
    doc: "The text of all that, at most; the oldest of the workload with the most are dropped. The file is larger by a third.",
  },
  eventsFirstSights: {
    type: choice("on", "off"),
    default: "off",
    doc: "Whether first sights, and where instances begin and end, are kept there too: what led to a decision, at the cost of a row for each new behaviour of each instance.",
  },
  policy: {
    type: text("a file or a folder"),
    default: "",
    doc: "Policies to learn for and to enforce: a file or a folder of them, watched. Empty: none.",
  },
  maxPolicies: {
    type: count(16, 16_384),
    default: 2_048,
    doc: "Sets of tables that the kernel holds at a time: two for a workload while its policy changes.",
  },
  pinDirectory: {
    type: text("a folder in a BPF file system"),
    default: "/sys/fs/bpf/pahlevan",
    doc: "Where the kernel keeps enforcing, with `policy`, when the agent ends or is killed. Empty: it ends with the agent.",
  },
  cluster: {
    type: text("a name"),
    default: "",
    doc: "What alerts call this host or cluster in their label `cluster`; those that name another are for nobody here. Empty: none is named.",
  },
  signalsSecrets: {
    type: text("a folder"),
    default: "/etc/pahlevan/signals",
    doc: "Folder with a file for each sender of alerts that may reach `/v1/signals` (alertmanager, grafana, datadog, generic): its secret, and on a second line the one before while it is replaced. Without a secret a sender is refused.",
  },
  secretsDirectory: {
    type: absolutePath,
    default: "/etc/pahlevan/secrets",
    doc: "Where the secrets lie that policies name by secretKeyRef: a folder for each name, a file for each key, as Kubernetes mounts them.",
  },
  metricsInterval: {
    type: duration(1_000, 3_600_000),
    default: 60_000,
    doc: "How often metrics are pushed to exporters that take them (docs/exporters.md); /metrics is read whenever somebody asks.",
  },
  alertmanagerUrl: {
    type: text("an address such as http://alertmanager:9093"),
    default: "",
    doc: "Asked for all its alerts when Alertmanager sent only some of them in one message. Empty: what it left out stays out.",
  },
  heartbeat: {
    type: choice("auto", "required"),
    default: "auto",
    doc: "Promotions freeze while the monitoring stack's heartbeat (the label `pahlevan_signal: heartbeat`) is missing: `auto` from the first one on, `required` also before.",
  },
  heartbeatTimeout: {
    type: duration(1_000, 86_400_000),
    default: 300_000,
    doc: "After how long without one the heartbeat is missing.",
  },
  levers: {
    type: levers,
    default: {},
    doc: "Which signals a source may give, of alertmanager, grafana, datadog, generic, operator, timer and guard; the others keep their own (docs/loop.md).",
  },
  weights: {
    type: weights,
    default: {},
    doc: "What a burst of denials is weighed by, when it is asked whether the policy is wrong or someone is in (docs/loop.md).",
  },
  freshFor: {
    type: duration(0, week),
    default: usualSettings.freshMs,
    doc: "For how long after a change of the policy or of the workload a burst of denials speaks against the policy, less with each minute.",
  },
  coolDown: {
    type: duration(0, week),
    default: usualSettings.coolDownMs,
    doc: "Between two moves that make a policy stricter, and after the cause of a rollback has gone.",
  },
  mostReturns: {
    type: count(0, 1_000),
    default: usualSettings.mostReturns,
    doc: "How often in a day a policy comes back by itself from a rollback before a person is asked.",
  },
  candidateExpiry: {
    type: duration(60_000, 52 * week),
    default: usualSettings.candidateMs,
    doc: "For how long a behaviour that healing has let through stays allowed without anybody's confirmation.",
  },
  blastRadius: {
    type: count(1, 100),
    default: 100 * usualSettings.caps.looserShare,
    doc: "Percent of all held workloads (but five always) that signals may loosen within ten minutes, and as many that they may tighten; what an operator asks for does not count.",
  },
};

function isKeyName(name: string): name is KeyName {
  return Object.hasOwn(keys, name);
}

export const keyNames: readonly KeyName[] = Object.keys(keys).filter(isKeyName);

/** ringBufferSize → ring-buffer-size: as files and flags write it. */
export function written(name: KeyName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** ringBufferSize → PAHLEVAN_RING_BUFFER_SIZE */
export function variable(name: KeyName): string {
  return `PAHLEVAN_${written(name).replaceAll("-", "_").toUpperCase()}`;
}

const byWritten = new Map(keyNames.map((name) => [written(name), name]));

export function keyWritten(name: string): KeyName | undefined {
  return byWritten.get(name);
}

export const writtenNames: readonly string[] = [...byWritten.keys()];
