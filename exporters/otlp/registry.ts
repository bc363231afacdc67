/**
 * Every attribute that records and spans carry: what the mapping is typed by, and what
 * docs/reference/telemetry.md is written from.
 */

export interface Attribute {
  readonly type: "string" | "int" | "double" | "boolean" | "string[]";
  /** As OpenTelemetry's conventions say; `pahlevan`: our own, which keep their names. */
  readonly stability: "stable" | "release candidate" | "development" | "pahlevan";
  readonly says: string;
}

const of =
  <const S extends Attribute["stability"]>(stability: S) =>
  <const T extends Attribute["type"]>(type: T, says: string) =>
    ({ type, stability, says }) as const;
const stable = of("stable");
const candidate = of("release candidate");
const development = of("development");
const ours = of("pahlevan");

/** By stability, the steadiest first: in this order a record carries them. */
export const registry = {
  "container.id": stable("string", "The container in which it happened."),
  "container.image.name": stable("string", "Its image, without tag and digest."),
  "container.image.tags": stable("string[]", "Its image's tag, where it was named by one."),
  "container.image.repo_digests": stable("string[]", "Its image, where it was named by a digest."),
  "k8s.namespace.name": stable("string", "The pod's namespace."),
  "k8s.pod.name": stable("string", "The pod."),
  "network.transport": stable("string", "`tcp`, `udp`, `unix`, …"),
  "network.type": stable("string", "`ipv4` or `ipv6`."),
  "network.local.address": stable("string", "The own end of a connection."),
  "network.local.port": stable("int", "Its port."),
  "network.peer.address": stable("string", "The other end; of a Unix socket its path."),
  "network.peer.port": stable("int", "Its port."),
  "process.pid": stable("int", "Who did it, by the host's numbers."),
  "process.executable.path": stable("string", "What it runs."),
  "process.executable.name": stable("string", "The last part of that."),
  "process.command_args": stable("string[]", "Its arguments, as they were when it began."),
  "container.name": stable("string", "The container's name."),
  "process.parent_pid": candidate("int", "Its parent."),
  "process.working_directory": candidate("string", "Its directory."),
  "process.user.id": candidate("int", "Its user, by the host's numbers."),
  "process.exit.code": candidate("int", "Of a process that ended by itself."),
  "source.address": development("string", "Who connected, of a connection that was accepted."),
  "source.port": development("int", "Its port."),
  "destination.address": development(
    "string",
    "Whom it connected or sent to, or asked for a name.",
  ),
  "destination.port": development("int", "Its port."),
  "dns.question.name": development("string", "The name that was asked for."),
  "file.path": development("string", "Of files, mounts and what is executed."),
  "file.name": development("string", "The last part of that."),
  "file.directory": development("string", "What is before it."),
  "file.inode": development("string", "Of what is executed."),
  "file.mode": development("string", "Of a change of mode: the new one, in octal."),
  "log.record.uid": development(
    "string",
    "The record's own id: the same in each attempt, so that what came twice can be told.",
  ),
  "security_rule.category": development("string", "The facet that the policy decided by."),
  "security_rule.description": development("string", "Why it decided so."),
  "security_rule.name": development("string", "The policy that decided."),
  "security_rule.ruleset.name": development("string", "`pahlevan`."),
  "security_rule.version": development("string", "The generation of its tables."),
  "pahlevan.workload.namespace": ours("string", "The workload's namespace; `host` on a host."),
  "pahlevan.workload.name": ours("string", "The workload: what runs the same thing."),
  "pahlevan.policy.name": ours("string", "The policy."),
  "pahlevan.facet": ours("string", "What it is about: `exec`, `file`, `network`, `syscall`, …"),
  "pahlevan.kind": ours("string", "The sort of fact within it: `open`, `connect`, …"),
  "pahlevan.object": ours(
    "string",
    "What was used, as policies name it: a path, `tcp/10.0.0.1:443/out`, a system call, a capability.",
  ),
  "pahlevan.decision.action": ours("string", "`allow`, `alert`, `deny` or `kill`."),
  "pahlevan.decision.mode": ours("string", "`monitor`, `alert` or `enforce`."),
  "pahlevan.decision.tier": ours("string", "Which hook saw it: `lsm`, `cgroup`, `tracepoint`, …"),
  "pahlevan.decision.reason": ours("string", "Why, in words."),
  "pahlevan.detail": ours("string", "What else the kernel told, as JSON: by `pahlevan.kind`."),
  "pahlevan.escaped": ours("string[]", "Fields whose bytes are not UTF-8 and are written \\xNN."),
  "pahlevan.flags": ours("string[]", "Why it is less than the whole truth, or more than first."),
  "pahlevan.process.start": ours(
    "string",
    "Nanoseconds from the host's boot to the process' start: with its pid, its identity.",
  ),
  "pahlevan.process.parent.executable.path": ours("string", "What its parent runs."),
  "pahlevan.process.parent.start": ours("string", "When that started, in the same way."),
  "pahlevan.loop.from": ours("string", "The phase that ends, or of a span, the one before it."),
  "pahlevan.loop.to": ours("string", "The phase that begins."),
  "pahlevan.loop.phase": ours("string", "Of a span: the phase that it is."),
  "pahlevan.loop.step": ours("int", "The canary's step, from 0."),
  "pahlevan.loop.signal": ours("string", "What moved it; `look`: no signal, but what was seen."),
  "pahlevan.loop.does": ours("string", "What the loop does from then on."),
  "pahlevan.loop.why": ours("string", "Why it is there."),
  "pahlevan.loop.cause.source": ours(
    "string",
    "Who sent the signal: `alertmanager`, `operator`, …",
  ),
  "pahlevan.loop.cause.by": ours("string", "The alert, or the person."),
  "pahlevan.loop.cause.says": ours("string", "What they said."),
  "pahlevan.loop.cause.fingerprint": ours("string", "The alert's, by its sender."),
  "pahlevan.loop.cause.url": ours("string", "Where the alert comes from."),
  "pahlevan.notice": ours("string", "`page`: look at once; `fail`, `ask` or `propose`."),
  "pahlevan.profile.behaviours": ours("int", "How many a profile has."),
  "pahlevan.profile.instances": ours("int", "How many instances it was learned from."),
  "pahlevan.profile.unseen_mass": ours(
    "double",
    "How likely the next behaviour is to be a new one.",
  ),
} as const satisfies Readonly<Record<string, Attribute>>;

type Registry = typeof registry;

interface Written {
  readonly string: string;
  readonly int: number;
  readonly double: number;
  readonly boolean: boolean;
  readonly "string[]": string[];
}

/** What is undefined is not carried. */
export type Attributes = {
  readonly [N in keyof Registry]?: Written[Registry[N]["type"]] | undefined;
};

/** Of the resource: the agent, and never a pod. */
export const resourceRegistry = {
  "service.name": stable("string", "`pahlevan-agent`."),
  "service.version": stable("string", "Pahlevan's version."),
  "service.instance.id": stable("string", "A UUID of the host's and the cluster's name."),
  "k8s.cluster.name": stable("string", "The cluster, where one is named."),
  "host.name": stable("string", "The host."),
} as const satisfies Readonly<Record<string, Attribute>>;
