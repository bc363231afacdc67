/** The evidence of an act in OCSF's objects: the process, the file, the two ends, the question. */
import type { EventLine } from "@pahlevan/core/behaviour/event-line.ts";
import { commandLine, connectionOf, fileOf, imageOf, nameIn, questionOf, type End } from "./act.ts";
import type { Origin } from "./formats.ts";

type Process = NonNullable<EventLine["process"]>;
type Of = Pick<EventLine, "container">;

/** None, rather than one that says nothing: an evidence has to have one of these. */
export function evidencesOf(line: EventLine, origin: Origin) {
  const { process, container, kind } = line;
  const [path, connection, question] = [fileOf(line), connectionOf(line), questionOf(line)];
  const { source, destination = question?.server } = connection ?? {};
  const found = {
    ...(process && { process: processOf(process, line, origin) }),
    ...(path !== undefined && { file: fileObject(path, kind === "exec") }),
    ...(source && { src_endpoint: endpoint(source) }),
    ...(destination && { dst_endpoint: endpoint(destination) }),
    ...(connection && {
      connection_info: {
        direction_id: connection.isInbound ? 1 : 2,
        direction: connection.isInbound ? "Inbound" : "Outbound",
        ...(connection.protocol !== "" && { protocol_name: connection.protocol }),
        protocol_ver_id: versionIds[connection.family] ?? 0,
      },
    }),
    ...(question && {
      query: { hostname: question.name, ...(question.type && { type: question.type }) },
    }),
  };
  if (Object.keys(found).length === 0) return {};
  return {
    evidences: [{ ...found, ...(container && { container: containerObject(container) }) }],
    observables: observablesOf(process, destination, path),
  };
}

const versionIds: Readonly<Record<string, number>> = { ipv4: 4, ipv6: 6 };

export function processOf(process: Process, { container }: Of, { host }: Origin) {
  const { args, cwd, uid, parent } = process;
  return {
    ...named(process, host),
    ...(args && { cmd_line: commandLine(args) }),
    ...(cwd !== undefined && { working_directory: cwd }),
    user: { uid: String(uid) },
    ...(container && { container: containerObject(container) }),
    ...(parent && { parent_process: named(parent, host) }),
  };
}

/** pids are used again, start and pid together are not, and hosts have their own. */
function named({ pid, start, exe = "" }: NonNullable<Process["parent"]>, host: string) {
  return {
    pid,
    uid: `${host}/${pid}/${start}`,
    ...(exe !== "" && { name: nameIn(exe), path: exe, file: fileObject(exe, true) }),
  };
}

function fileObject(path: string, runs: boolean) {
  return { name: nameIn(path), path, type_id: runs ? 8 : 0 };
}

function endpoint({ address, port, isIp }: End) {
  return { ...(isIp ? { ip: address } : { name: address }), port };
}

function containerObject({ id, name, image }: NonNullable<Of["container"]>) {
  return {
    uid: id,
    ...(name !== "" && { name }),
    ...(image !== "" && {
      image: { uid: image, name: imageOf(image).name },
    }),
  };
}

/** What one searches for, whatever it is called elsewhere. */
function observablesOf(process?: Process, destination?: End, path?: string) {
  return [
    ...(process && process.exe !== ""
      ? [{ name: "evidences[0].process.name", type_id: 9, value: nameIn(process.exe) }]
      : []),
    ...(destination?.isIp
      ? [{ name: "evidences[0].dst_endpoint.ip", type_id: 2, value: destination.address }]
      : []),
    ...(path === undefined ? [] : [{ name: "evidences[0].file.path", type_id: 45, value: path }]),
  ];
}
