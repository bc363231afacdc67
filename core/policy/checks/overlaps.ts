/** Allowed and denied at once: an error where both name the same, a warning where one covers. */
import { errorAt, warningAt, type Problem } from "../problem.ts";
import type { PahlevanPolicy } from "../schema/policy.ts";
import { shown } from "../shown.ts";
import { cidrText } from "../../behaviour/cidr.ts";
import { holdingCidr } from "../values/cidr.ts";
import { holdingPath, pathText } from "../values/path.ts";
import { portText, type PortRange } from "../values/port.ts";

type Spec = PahlevanPolicy["spec"];

interface Pair<T> {
  readonly facet: string;
  readonly allowed: readonly [field: string, items: readonly T[] | undefined];
  readonly denied: readonly [field: string, items: readonly T[] | undefined];
  /** Finds among these one that holds all of an item. */
  readonly holding: (items: readonly T[]) => (item: T) => T | undefined;
  readonly text: (item: T) => string;
}

export function overlaps({ enforcement = {} }: Spec): Problem[] {
  const { syscalls, network, files, processes, capabilities } = enforcement;
  const names = { holding: () => () => undefined, text: (name: string) => name };
  const ports = {
    facet: "network",
    holding: holdingPort,
    text: (port: PortRange) => String(portText(port)),
  };
  const paths = { holding: holdingPath, text: pathText };
  return [
    ...pairProblems({
      facet: "syscalls",
      allowed: ["allowedSyscalls", syscalls?.allowedSyscalls],
      denied: ["deniedSyscalls", syscalls?.deniedSyscalls],
      ...names,
    }),
    ...pairProblems({
      facet: "capabilities",
      allowed: ["allowed", capabilities?.allowed],
      denied: ["denied", capabilities?.denied],
      ...names,
    }),
    ...pairProblems({
      ...ports,
      allowed: ["allowedEgressPorts", network?.allowedEgressPorts],
      denied: ["deniedEgressPorts", network?.deniedEgressPorts],
    }),
    ...pairProblems({
      ...ports,
      allowed: ["allowedIngressPorts", network?.allowedIngressPorts],
      denied: ["deniedIngressPorts", network?.deniedIngressPorts],
    }),
    ...pairProblems({
      facet: "network",
      allowed: ["allowedEgressCIDRs", network?.allowedEgressCIDRs],
      denied: ["deniedCIDRs", network?.deniedCIDRs],
      holding: holdingCidr,
      text: cidrText,
    }),
    ...["allowedPaths" as const, "readOnlyPaths" as const].flatMap((field) =>
      pairProblems({
        facet: "files",
        allowed: [field, files?.[field]],
        denied: ["deniedPaths", files?.deniedPaths],
        ...paths,
      }),
    ),
    ...readOnlyToo(files?.allowedPaths ?? [], files?.readOnlyPaths ?? []),
    ...pairProblems({
      facet: "processes",
      allowed: ["allowedBinaries", processes?.allowedBinaries],
      denied: ["deniedBinaries", processes?.deniedBinaries],
      ...paths,
    }),
  ];
}

function holdingPort(ports: readonly PortRange[]): (port: PortRange) => PortRange | undefined {
  return ({ from, to, transport }) =>
    ports.find(
      (wide) => (wide.transport ?? transport) === transport && wide.from <= from && to <= wide.to,
    );
}

function pairProblems<T>({ facet, allowed, denied, holding, text }: Pair<T>): Problem[] {
  const [field, items = []] = allowed;
  const [deniedField, deniedItems = []] = denied;
  const written = new Set(deniedItems.map(text));
  const find = holding(deniedItems);
  return items.flatMap((item, index) => {
    const path = ["spec", "enforcement", facet, field, index];
    const name = text(item);
    if (written.has(name)) {
      return [
        errorAt(path, `${shown(name)} is denied by ${deniedField} too; leave it in one of the two`),
      ];
    }
    const wide = find(item);
    if (wide === undefined) return [];
    const says = `${shown(name)} has no effect: ${deniedField} holds ${shown(text(wide))}, and a deny wins`;
    return [warningAt(path, says)];
  });
}

type Paths = NonNullable<NonNullable<NonNullable<Spec["enforcement"]>["files"]>["allowedPaths"]>;

function readOnlyToo(allowed: Paths, readOnly: Paths): Problem[] {
  const find = holdingPath(readOnly);
  return allowed.flatMap((item, index) => {
    const wide = find(item);
    if (wide === undefined) return [];
    const says = `${shown(pathText(item))} may only be read: readOnlyPaths holds ${shown(pathText(wide))}`;
    return [warningAt(["spec", "enforcement", "files", "allowedPaths", index], says)];
  });
}
