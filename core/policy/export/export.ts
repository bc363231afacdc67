/** The tools that a policy can be exported for, by the names of the command line. */
import { apparmorProfile } from "./apparmor.ts";
import { ciliumNetworkPolicy } from "./cilium.ts";
import { unselectable, type Exported, type Source } from "./exported.ts";
import { kubearmorPolicy } from "./kubearmor.ts";
import { kyvernoPolicy } from "./kyverno.ts";
import { networkPolicy } from "./network-policy.ts";
import { seccompProfile, type Architecture } from "./seccomp.ts";
import { tetragonPolicy } from "./tetragon.ts";

export const formats = [
  "seccomp",
  "apparmor",
  "networkpolicy",
  "ciliumnetworkpolicy",
  "kyverno",
  "tetragon",
  "kubearmor",
] as const;
export type Format = (typeof formats)[number];

export function exportPolicy(format: Format, source: Source, architecture: Architecture): Exported {
  const [impossible] = unselectable(source);
  if (impossible !== undefined && format !== "seccomp" && format !== "apparmor") {
    return { documents: [], remarks: [`no pod has the label ${impossible}: nothing is exported`] };
  }
  switch (format) {
    case "seccomp":
      return seccompProfile(source, architecture);
    case "apparmor":
      return apparmorProfile(source);
    case "networkpolicy":
      return networkPolicy(source);
    case "ciliumnetworkpolicy":
      return ciliumNetworkPolicy(source);
    case "kyverno":
      return kyvernoPolicy(source);
    case "tetragon":
      return tetragonPolicy(source);
    case "kubearmor":
      return kubearmorPolicy(source);
  }
}
