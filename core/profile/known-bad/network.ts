/** Endpoints that a service has no use for, and shells that have any. */
import type { KernelEvent } from "../../behaviour/event.ts";
import { isRuntimeSocket } from "../../behaviour/runtime-socket.ts";
import { reaching, type KnownBad } from "./rule.ts";

const shells = /(?:^|\/)(?:sh|bash|dash|zsh|ash|ksh|fish|tcsh|csh)$/;

/** A shell by its program, or by its name where one program is many (busybox). */
function isShell(event: KernelEvent | undefined): boolean {
  const { exe, comm = "" } = event?.process ?? {};
  if (shells.test(exe?.value ?? "")) return true;
  return exe?.value.endsWith("/busybox") === true && shells.test(comm);
}

const metadataAddresses = new Set([
  "169.254.169.254",
  "fd00:ec2::254",
  "169.254.170.2",
  "100.100.100.200",
]);
/**
 * Ports that pools of the Stratum protocol offer most; some serve others too, so a person looks.
 */
const poolPorts = new Set([3333, 4444, 5555, 7777, 9999, 14433, 14444, 45560, 45700]);

export const badEndpoints: readonly KnownBad[] = [
  {
    name: "runtime-socket",
    technique: "T1610",
    reason: "who speaks to the container runtime starts what it likes, as root of the host",
    facet: "network",
    matches: (behaviour) =>
      behaviour.facet === "network" &&
      "path" in behaviour &&
      behaviour.operation === "connect" &&
      isRuntimeSocket(behaviour.path),
  },
  {
    name: "cloud-metadata",
    technique: "T1552.005",
    reason: "the metadata service hands out the machine's own credentials",
    ...reaching((address) => metadataAddresses.has(address)),
  },
  {
    name: "miner-port",
    technique: "T1496",
    reason: "pools for mining listen on this port; 4444 is also many reverse shells' own",
    ...reaching((_, port, protocol) => protocol === "tcp" && poolPorts.has(port)),
  },
  {
    name: "shell-on-network",
    technique: "T1059.004",
    reason: "a shell that speaks to the network itself is how a reverse shell looks",
    byActor: true,
    facet: "network",
    matches: (behaviour, event) =>
      behaviour.facet === "network" &&
      "port" in behaviour &&
      behaviour.address !== "127.0.0.1" &&
      behaviour.address !== "::1" &&
      isShell(event),
  },
  {
    name: "raw-socket",
    technique: "T1040",
    reason: "a raw socket reads and forges what other programs send",
    facet: "network",
    matches: (behaviour) =>
      behaviour.facet === "network" && "protocol" in behaviour && behaviour.protocol === "raw",
  },
];
