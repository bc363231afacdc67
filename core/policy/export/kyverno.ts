/** What a policy says of pods before they run, as a Policy of Kyverno: capabilities and sockets. */
import {
  isDeny,
  isEnforced,
  isGrant,
  metadataOf,
  selectorOf,
  unsaid,
  type Exported,
  type Source,
} from "./exported.ts";

/** Of the value of a label, which Kyverno makes of it. */
const longestName = 63;

const belowRun = [
  ...["docker.sock", "cri-dockerd.sock", "dockershim.sock", "crio/crio.sock", "podman/podman.sock"],
  ...["containerd/containerd.sock", "containerd/containerd.sock.ttrpc"],
  ...["k3s/containerd/containerd.sock", "k3s/containerd/containerd.sock.ttrpc"],
  "buildkit/buildkitd.sock",
];
const sockets = [
  ...["/run", "/var/run"].flatMap((directory) => belowRun.map((path) => `${directory}/${path}`)),
  "/var/lib/kubelet/device-plugins/kubelet.sock",
  "/var/lib/kubelet/pod-resources/kubelet.sock",
];
/** And the directories that they lie in. */
const reachingSockets = [...new Set(["/", ...sockets.flatMap(upwards)])].toSorted();

function upwards(path: string): string[] {
  return path === "" ? [] : [path, ...upwards(path.slice(0, path.lastIndexOf("/")))];
}

/** What Docker and containerd give to whoever asks for nothing; CRI-O gives some of them. */
const usual: ReadonlySet<string> = new Set([
  ...["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_RAW"],
  ...["NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"],
]);

const containers = ["containers", "initContainers", "ephemeralContainers"] as const;

export function kyvernoPolicy(source: Source): Exported {
  const { compiled } = source;
  const { capability, runtime_socket: socket } = compiled.tables;
  const failureAction = isEnforced(compiled.modes.capability) ? "Enforce" : "Audit";
  const named = (entries: readonly { readonly name: string }[]) =>
    [...new Set(entries.map(({ name }) => name.replace(/^CAP_/, "")))].toSorted();
  const denied = named(capability.entries.filter(isDeny));
  const allowed = named(capability.entries.filter(isGrant)).filter(
    (name) => !denied.includes(name),
  );
  const isClosed = capability.unlisted === "deny";
  const rules = [
    ...(isClosed ? [addsOnly(source, allowed, failureAction)] : []),
    ...(!isClosed && denied.length > 0 ? [addsNone(source, denied, failureAction)] : []),
    ...(isClosed || denied.length > 0 ? [notPrivileged(source, failureAction)] : []),
    ...(socket.unlisted === "deny" && !socket.entries.some(isGrant)
      ? [noRuntimeSocket(source, isEnforced(compiled.modes.runtime_socket) ? "Enforce" : "Audit")]
      : []),
  ];
  const document = {
    apiVersion: "kyverno.io/v1",
    kind: "Policy",
    metadata: metadataOf(source, "", longestName),
    spec: { background: true, rules },
  };
  return {
    documents: rules.length === 0 ? [] : [document],
    remarks: [
      "Kyverno judges pods when they are made, not what they do: only capabilities and mounts of " +
        "a runtime's socket can be said",
      ...(source.policy.name.length <= longestName
        ? []
        : [`Kyverno takes names of ${longestName} letters: this one's first are taken`]),
      ...unsaid(source, ["capability"], "Kyverno"),
    ],
  };
}

function rule(source: Source, name: string, validate: object) {
  const selector = selectorOf(source);
  const resources = {
    kinds: ["Pod"],
    ...(Object.keys(selector).length > 0 && { selector }),
  };
  return { name, match: { any: [{ resources }] }, validate };
}

const added = "(element.securityContext.capabilities.add || `[]`)";
const dropped = "(element.securityContext.capabilities.drop || `[]`)";

/** In words of JMESPath: Kyverno's own operators would take "*" for every name. */
function dropsNone(...names: readonly string[]) {
  const drops = names.map((name) => `contains(${dropped}, '${name}')`);
  return { key: `{{ ${drops.join(" || ")} }}`, operator: "Equals", value: false };
}

function ofContainers(conditions: readonly object[]) {
  return containers.map((list) => ({
    list: `request.object.spec.${list} || \`[]\``,
    deny: { conditions: { any: [...conditions] } },
  }));
}

/** A container that drops nothing has its runtime's usual ones, whatever it adds. */
function addsOnly(source: Source, allowed: readonly string[], failureAction: string) {
  const others = { key: `{{ ${added} }}`, operator: "AnyNotIn", value: [...allowed] };
  return rule(source, "capabilities-allowed", {
    failureAction,
    message: `containers drop ALL capabilities and add only ${allowed.join(", ") || "none"}`,
    foreach: ofContainers([dropsNone("ALL"), others]),
  });
}

function addsNone(source: Source, denied: readonly string[], failureAction: string) {
  const given = denied.filter((name) => usual.has(name));
  const drops = given.length === 0 ? "" : `, and drop ALL or ${given.join(", ")}`;
  return rule(source, "capabilities-denied", {
    failureAction,
    message: `containers add none of ${denied.join(", ")}${drops}`,
    foreach: ofContainers([
      {
        // Runtimes read small letters, and some the kernel's own names.
        key: `{{ ${added}[].to_upper(@) }}`,
        operator: "AnyIn",
        value: [...denied, "ALL"].flatMap((name) => [name, `CAP_${name}`]),
      },
      ...given.map((name) => dropsNone("ALL", name)),
    ]),
  });
}

function notPrivileged(source: Source, failureAction: string) {
  const container = { "=(securityContext)": { "=(privileged)": "false" } };
  return rule(source, "not-privileged", {
    failureAction,
    message: "a privileged container has every capability",
    pattern: {
      spec: {
        "=(ephemeralContainers)": [container],
        "=(initContainers)": [container],
        containers: [container],
      },
    },
  });
}

function noRuntimeSocket(source: Source, failureAction: string) {
  return rule(source, "no-runtime-socket", {
    failureAction,
    message: "who reaches a container runtime's socket is root on the node",
    foreach: [
      {
        list: "request.object.spec.volumes[].hostPath.path || `[]`",
        deny: {
          conditions: {
            any: [
              {
                key: "{{ path_canonicalize(element) }}",
                operator: "AnyIn",
                value: [...reachingSockets],
              },
            ],
          },
        },
      },
    ],
  });
}
