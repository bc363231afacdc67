/** The facets of a policy in their normal form, each with its own mode. */
import { modeOf, type WrittenMode } from "./mode.ts";
import { once } from "./once.ts";
import type { Exception, Facets, Mode, Unlisted } from "./policy.ts";
import type { PahlevanPolicy } from "./schema/policy.ts";
import { cidrText } from "../behaviour/cidr.ts";
import { endpointText } from "./values/endpoint.ts";
import { pathText, type PathPattern } from "./values/path.ts";
import { portText, type PortRange } from "./values/port.ts";

type Enforcement = NonNullable<PahlevanPolicy["spec"]["enforcement"]>;

interface WrittenFacet<Match> {
  readonly mode?: WrittenMode;
  readonly defaultAction?: Unlisted;
  readonly exceptions?: readonly {
    readonly match: Match;
    readonly reason: string;
    readonly expires?: number;
  }[];
}

export function facetsOf(enforcement: Enforcement, whole: Mode, unlisted: Unlisted): Facets {
  const {
    syscalls = {},
    network = {},
    files = {},
    processes = {},
    capabilities = {},
  } = enforcement;
  function common<Match>(written: WrittenFacet<Match>, text: (match: Match) => string) {
    const { mode, defaultAction = unlisted, exceptions = [] } = written;
    return {
      mode: mode === undefined ? whole : modeOf(mode),
      unlisted: defaultAction,
      exceptions: once(exceptions.map(exceptionOf), (each) =>
        JSON.stringify([text(each.match), each.reason, each.expiresMs]),
      ),
    };
  }
  return {
    syscall: {
      ...common(syscalls, String),
      allowed: once(syscalls.allowedSyscalls ?? [], String),
      denied: once(syscalls.deniedSyscalls ?? [], String),
    },
    network: {
      ...common(network, endpointText),
      egressPorts: ports(network.allowedEgressPorts),
      egressCidrs: once(network.allowedEgressCIDRs ?? [], cidrText),
      egressDomains: once(network.allowedDomains ?? [], String),
      ingressPorts: ports(network.allowedIngressPorts),
      deniedEgressPorts: ports(network.deniedEgressPorts),
      deniedIngressPorts: ports(network.deniedIngressPorts),
      deniedCidrs: once(network.deniedCIDRs ?? [], cidrText),
    },
    file: {
      ...common(files, pathText),
      allowed: paths(files.allowedPaths),
      denied: paths(files.deniedPaths),
      readOnly: paths(files.readOnlyPaths),
    },
    exec: {
      ...common(processes, pathText),
      allowed: paths(processes.allowedBinaries),
      denied: paths(processes.deniedBinaries),
    },
    capability: {
      ...common(capabilities, String),
      allowed: once(capabilities.allowed ?? [], String),
      denied: once(capabilities.denied ?? [], String),
    },
  };
}

const ports = (list: readonly PortRange[] = []) => once(list, (port) => String(portText(port)));
const paths = (list: readonly PathPattern[] = []) => once(list, pathText);

function exceptionOf<Match>(written: {
  readonly match: Match;
  readonly reason: string;
  readonly expires?: number;
}): Exception<Match> {
  const { match, reason, expires } = written;
  return { match, reason, ...(expires !== undefined && { expiresMs: expires }) };
}
