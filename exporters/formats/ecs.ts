/** A record as the Elastic Common Schema has it; what ECS has no field for is under `pahlevan`. */
import type { EventLine } from "@pahlevan/core/behaviour/event-line.ts";
import { unixNs, type Line } from "../record.ts";
import { severityOf } from "../severity.ts";
import { commandLine, connectionOf, fileOf, imageOf, nameIn, questionOf, type End } from "./act.ts";
import { categoriesOf } from "./ecs-categories.ts";
import type { Format, Origin } from "./formats.ts";
import { sentenceOf } from "../sentence.ts";

/** Its field list is what the tests hold this to; the fields are those of 8.x too. */
export const ecsVersion = "9.4.0";

/** event.severity as Elastic's own detections number it: low, medium, high, critical. */
const numbers = { debug: 1, info: 21, warning: 47, error: 73, critical: 99 } as const;

export const ecs: Format = (line, origin) => {
  const { trace } = line;
  return {
    "@timestamp": line.time,
    ecs: { version: ecsVersion },
    message: sentenceOf(line),
    event: eventOf(line),
    log: { level: severityOf(line) },
    ...(line.policy !== "" && { rule: { name: line.policy, ruleset: "pahlevan" } }),
    host: { name: origin.host, hostname: origin.host },
    agent: { name: origin.host, type: "pahlevan", version: origin.version },
    ...("facet" in line && actFields(line, origin)),
    ...(!("facet" in line) && orchestrated(line.namespace, undefined, origin)),
    ...(trace && { trace: { id: trace.traceId }, span: { id: trace.spanId } }),
    ...(line.event === "span" && {
      trace: { id: line.span.traceId },
      span: { id: line.span.spanId },
    }),
    pahlevan: rest(line),
  };
};

function eventOf(line: Line) {
  const reason = reasonOf(line);
  return {
    id: line.id,
    module: "pahlevan",
    dataset: "pahlevan.events",
    ...categoriesOf(line),
    action: actionOf(line),
    severity: numbers[severityOf(line)],
    ...(reason !== undefined && { reason }),
    ...(line.event === "span" && {
      start: line.startTime,
      end: line.time,
      duration: Number(unixNs(line.time) - unixNs(line.startTime)),
    }),
  };
}

function actionOf(line: Line): string {
  switch (line.event) {
    case "span":
      return line.name;
    case "pahlevan.loop.notice":
      return `notice-${line.notice}`;
    case "pahlevan.loop.transition":
      return "loop-transition";
    case "pahlevan.profile.converged":
      return "profile-converged";
    default:
      return line.kind;
  }
}

function reasonOf(line: Line): string | undefined {
  switch (line.event) {
    case "span":
      return line.failed;
    case "pahlevan.loop.transition":
      return line.why;
    case "pahlevan.loop.notice":
    case "pahlevan.profile.converged":
      return undefined;
    default:
      return line.reason;
  }
}

function orchestrated(namespace: string, pod: string | undefined, { cluster }: Origin) {
  if (pod === undefined && cluster === "") return {};
  return {
    orchestrator: {
      type: "kubernetes",
      ...(cluster !== "" && { cluster: { name: cluster } }),
      ...(namespace !== "" && { namespace }),
      ...(pod !== undefined && { resource: { type: "pod", name: pod } }),
    },
  };
}

function actFields(line: EventLine, origin: Origin) {
  const { process, container, pod, namespace } = line;
  const path = fileOf(line);
  const connection = connectionOf(line);
  const question = questionOf(line);
  const { source, destination = question?.server } = connection ?? {};
  const ips = [source, destination].filter((end) => end?.isIp).map((end) => end?.address);
  return {
    ...(process && processFields(process, origin)),
    ...(container && containerFields(container)),
    ...orchestrated(namespace, pod, origin),
    ...(path !== undefined && { file: { path, name: nameIn(path) } }),
    ...(connection && {
      network: {
        ...(connection.protocol !== "" && { transport: connection.protocol }),
        ...(connection.family !== "" && { type: connection.family }),
        direction: connection.isInbound ? "ingress" : "egress",
      },
    }),
    ...(source && { source: endFields(source) }),
    ...(destination && { destination: endFields(destination) }),
    ...(question && {
      network: { protocol: "dns" },
      dns: {
        type: "query",
        question: { name: question.name, ...(question.type && { type: question.type }) },
      },
    }),
    related: {
      hosts: [origin.host],
      ...(ips.length > 0 && { ip: ips }),
      ...(process && { user: [String(process.uid)] }),
    },
  };
}

function endFields({ address, port, isIp }: End) {
  return { address, port, ...(isIp && { ip: address }) };
}

function containerFields({ id, name, image }: NonNullable<EventLine["container"]>) {
  const { name: imageName, tag, digest } = imageOf(image);
  return {
    container: {
      id,
      ...(name !== "" && { name }),
      ...(image !== "" && {
        image: {
          name: imageName,
          ...(tag !== undefined && { tag: [tag] }),
          ...(digest !== undefined && { hash: { all: [digest] } }),
        },
      }),
    },
  };
}

function processFields(
  { pid, start, exe, args, cwd, uid, parent }: NonNullable<EventLine["process"]>,
  { host }: Origin,
) {
  return {
    process: {
      ...oneProcess(pid, start, exe, host),
      ...(args && { args, args_count: args.length, command_line: commandLine(args) }),
      ...(cwd !== undefined && { working_directory: cwd }),
      user: { id: String(uid) },
      ...(parent && { parent: oneProcess(parent.pid, parent.start, parent.exe ?? "", host) }),
    },
    user: { id: String(uid) },
  };
}

/** pids are used again, start and pid together are not, and hosts have their own. */
function oneProcess(pid: number, start: string, exe: string, host: string) {
  return {
    pid,
    entity_id: `${host}/${pid}/${start}`,
    ...(exe !== "" && { executable: exe, name: nameIn(exe) }),
  };
}

/** Everything else, under the names that the record itself uses. */
function rest(line: Line): Readonly<Record<string, unknown>> {
  const said = new Set(["id", "time", "trace", "container", "pod", "process", "startTime", "span"]);
  return Object.fromEntries(Object.entries(line).filter(([name]) => !said.has(name)));
}
