/** Pods as people write them, careless ones too, and the capabilities that a runtime gives them. */
import fc from "fast-check";
import { namespace } from "./policies.ts";

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly securityContext?: {
    readonly privileged?: boolean;
    readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  };
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly ephemeralContainers?: readonly Container[];
  readonly volumes?: readonly object[];
}

/** What containerd and Docker give to a container that asks for nothing. */
const usual = [
  ...["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_RAW"],
  ...["NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"],
];

export const capabilities = ["CHOWN", "NET_RAW", "SYS_ADMIN", "SYS_PTRACE", "NET_BIND_SERVICE"];
const written = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...capabilities, "ALL") },
  // Runtimes read these, too, all of them or some.
  { weight: 1, arbitrary: fc.constantFrom("net_raw", "CAP_SYS_ADMIN", "cap_chown", "all") },
);
const dropped = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...capabilities, "ALL", "ALL") },
  { weight: 1, arbitrary: fc.constantFrom("*", "?LL", "NET_*", "CAP_NET_RAW") },
);

const container = fc
  .record(
    {
      privileged: fc.oneof(
        { weight: 4, arbitrary: fc.constant(false) },
        { weight: 1, arbitrary: fc.constant(true) },
      ),
      capabilities: fc.record(
        { add: fc.array(written, { maxLength: 3 }), drop: fc.array(dropped, { maxLength: 3 }) },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  )
  .map((securityContext): Container => ({ name: "c", image: "registry.test/a", securityContext }));

/** Any that an API server would take. */
export const anyPodSpec: fc.Arbitrary<PodSpec> = fc.record(
  {
    containers: fc.array(container, { minLength: 1, maxLength: 2 }),
    initContainers: fc.array(container, { maxLength: 1 }),
    ephemeralContainers: fc.array(container, { maxLength: 1 }),
  },
  { requiredKeys: ["containers"] },
);

/** Such as every policy that grants these lets be. */
export const carefulPodSpec = (granted: readonly string[]): fc.Arbitrary<PodSpec> =>
  fc.subarray([...granted]).map((add) => ({
    containers: [
      {
        name: "c",
        image: "registry.test/a",
        securityContext: { privileged: false, capabilities: { drop: ["ALL"], add } },
      },
    ],
    volumes: [{ name: "v", hostPath: { path: "/srv/data" } }],
  }));

export function pod(spec: PodSpec, labels: object = { app: "web" }, inNamespace = namespace) {
  const metadata = { name: "web", namespace: inNamespace, labels };
  return { apiVersion: "v1", kind: "Pod", metadata, spec };
}

export function deployment(spec: PodSpec) {
  const labels = { app: "web" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

export const containersOf = (spec: PodSpec): readonly Container[] => [
  ...spec.containers,
  ...(spec.initContainers ?? []),
  ...(spec.ephemeralContainers ?? []),
];

/** By whichever runtime reads most out of what is written. */
export function has({ securityContext }: Container, name: string): boolean {
  const { add = [], drop = [] } = securityContext?.capabilities ?? {};
  const added = add.map((each) => each.toUpperCase().replace(/^CAP_/, ""));
  if (securityContext?.privileged || added.includes("ALL") || added.includes(name)) return true;
  return usual.includes(name) && !drop.includes("ALL") && !drop.includes(name);
}
