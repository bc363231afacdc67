/** ContainerProfile: what one container was seen to do, as a policy that allows it by name. */
import { readAddress, addressText } from "../../behaviour/address.ts";
import { pathText, readPath } from "../values/path.ts";
import { readCapability } from "../values/kernel-name.ts";
import { shown } from "../shown.ts";
import type { Names } from "./convert.ts";
import { filled, type Draft } from "./draft.ts";
import { kept } from "./lists.ts";
import { Source } from "./source.ts";

export function profileAsSpec(root: Source, names: Names): Draft {
  const spec = root.within("spec");
  const status = root.within("status");
  const workload = spec.take("workload");
  const name = workloadName(workload);
  if (name === undefined) spec.lose(["workload"], "names no workload: write the selector");
  else
    spec.change(
      ["workload"],
      `labels are not in a profile: the selector is app: ${name}, check it`,
    );
  const places = ["policyRef", "podName", "namespace", "containerID", "cgroupID", "node"];
  for (const place of places) spec.take(place);
  const syscalls = status.words("learnedSyscalls").flatMap(({ word, index }) => {
    const known = names.syscallName(Number(word));
    if (known === undefined)
      status.lose(["learnedSyscalls", index], `x86_64 has no system call ${word.slice(0, 20)}`);
    return known ?? [];
  });
  const { cidrs, ports } = destinations(status);
  if (cidrs.length > 1 && ports.length > 1) {
    status.change(
      ["learnedNetworkDestinations"],
      "any of the ports at any of the addresses, where each was seen at one",
    );
  }
  const enforcement = filled({
    mode: "monitor",
    blockUnknown: true,
    syscalls: filled({ allowedSyscalls: syscalls }),
    network: filled({ allowedEgressCIDRs: cidrs, allowedEgressPorts: ports }),
    files: filled({ allowedPaths: literal(status, "learnedFiles") }),
    processes: filled({ allowedBinaries: literal(status, "learnedExecutables") }),
    capabilities: filled({ allowed: kept(status, "learnedCapabilities", readCapability) }),
  });
  status.change([], "mode is monitor: see what it would deny before it enforces");
  if (status.has("learnedFiles"))
    status.change(["learnedFiles"], "may be written too: the profile does not say which were");
  // The rest of a status is history, nobody's wish.
  return { selector: { matchLabels: name === undefined ? {} : { app: name } }, enforcement };
}

/** Profiles hold names, not patterns. */
function literal(status: Source, field: string): string[] {
  return status.words(field).flatMap(({ word, index }) => {
    const written = pathText({ path: word, extent: "exact" });
    const read = readPath(written);
    if ("value" in read) return [written];
    status.lose([field, index], `${shown(word)}: ${read.refused}`);
    return [];
  });
}

function workloadName(workload: unknown): string | undefined {
  const written = typeof workload === "string" ? workload : new Source(workload).take("name");
  const name = typeof written === "string" ? written.split("/").at(-1) : undefined;
  return name === undefined || name === "" ? undefined : name;
}

/** Documented as ip:port; written as the address' bytes, the first the lowest, in one number. */
function destinations(status: Source): { cidrs: string[]; ports: number[] } {
  const [cidrs, ports] = [new Set<string>(), new Set<number>()];
  for (const { word, index } of status.words("learnedNetworkDestinations")) {
    const [, host = "", port = ""] = /^\[?(.*?)\]?:(\d{1,5})$/.exec(word) ?? [];
    const address = /^\d{1,10}$/.test(host) ? fromNumber(Number(host)) : readAddress(host);
    if (address === undefined || host === "0" || Number(port) < 1 || Number(port) > 65_535) {
      status.lose(
        ["learnedNetworkDestinations", index],
        host === "0" ? "IPv6 addresses were never written" : "is no address and port",
      );
      continue;
    }
    cidrs.add(`${addressText(address)}/${address.length * 8}`);
    ports.add(Number(port));
  }
  return { cidrs: [...cidrs], ports: [...ports] };
}

function fromNumber(value: number): number[] | undefined {
  if (value > 0xffff_ffff) return undefined;
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
}
