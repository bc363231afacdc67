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

/** As hostPath names them: the sockets, and the directories that they lie in. */
const socketsOnHost = [
  ...["/", "/run", "/var/run", "/run/", "/var/run/"],
  ...["/run/docker.sock", "/var/run/docker.sock", "/run/crio", "/run/crio/crio.sock"],
  ...["/run/containerd", "/run/containerd/containerd.sock", "/var/run/containerd"],
  ...["/var/run/containerd/containerd.sock", "/run/podman", "/run/podman/podman.sock"],
  ...["/var/run/crio", "/var/run/crio/crio.sock"],
];

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
    metadata: metadataOf(source),
    spec: { background: true, rules },
  };
  return {
    documents: rules.length === 0 ? [] : [document],
    remarks: [
      "Kyverno judges pods when they are made, not what they do: only capabilities and mounts of " +
        "a runtime's socket can be said",
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

/** A container that drops nothing has its runtime's usual ones, whatever it adds. */
function addsOnly(source: Source, allowed: readonly string[], failureAction: string) {
  return rule(source, "capabilities-allowed", {
    failureAction,
    message: `containers drop ALL capabilities and add only ${allowed.join(", ") || "none"}`,
    foreach: containers.map((list) => ({
      list: `request.object.spec.${list} || \`[]\``,
      deny: {
        conditions: {
          any: [
            {
              key: "ALL",
              operator: "AnyNotIn",
              value: "{{ element.securityContext.capabilities.drop || `[]` }}",
            },
            {
              key: "{{ element.securityContext.capabilities.add || `[]` }}",
              operator: "AnyNotIn",
              value: [...allowed],
            },
          ],
        },
      },
    })),
  });
}

function addsNone(source: Source, denied: readonly string[], failureAction: string) {
  return rule(source, "capabilities-denied", {
    failureAction,
    message: `containers add none of ${denied.join(", ")}`,
    foreach: containers.map((list) => ({
      list: `request.object.spec.${list} || \`[]\``,
      deny: {
        conditions: {
          any: [
            {
              key: "{{ element.securityContext.capabilities.add || `[]` }}",
              operator: "AnyIn",
              value: [...denied, "ALL"],
            },
          ],
        },
      },
    })),
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
                key: "{{ element }}",
                operator: "AnyIn",
                value: [...socketsOnHost],
              },
            ],
          },
        },
      },
    ],
  });
}
