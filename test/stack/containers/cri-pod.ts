/**
 * A real pod through the CRI, as the kubelet makes it: sandbox, containers, labels, cgroups; on the
 * host's network.
 */
import { callUnary } from "@pahlevan/agent/workload/runtimes/grpc.ts";
import { encodeField, Message } from "@pahlevan/agent/workload/runtimes/protobuf.ts";
import { PATIENCE_MS } from "../../patience.ts";
import { removeCgroup } from "./cgroups.ts";

export interface PodOptions {
  readonly socketPath: string;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The pod's cgroup: ".../pod<uid>". */
  readonly cgroup: string;
  readonly image: string;
  /** Names of its containers; each waits. */
  readonly containers: readonly string[];
}

export interface Pod {
  readonly sandboxId: string;
  /** In the order of the names. */
  readonly containerIds: readonly string[];
  remove(): Promise<void>;
}

export async function runPod(options: PodOptions): Promise<Pod> {
  const ask = async (method: string, request: Uint8Array): Promise<Message> => {
    const { socketPath } = options;
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await callUnary({
      socketPath,
      method: `runtime.v1.RuntimeService/${method}`,
      request,
      signal,
    });
    if (answer === undefined) throw new Error(`${method}: not found`);
    return new Message(answer);
  };

  const sandboxConfig = encodeSandbox(options);
  const sandboxId = (await ask("RunPodSandbox", encodeField(1, sandboxConfig))).string(1);
  const remove = async () => {
    await ask("StopPodSandbox", encodeField(1, sandboxId));
    await ask("RemovePodSandbox", encodeField(1, sandboxId));
    await removeCgroup(options.cgroup);
  };
  try {
    const containerIds: string[] = [];
    for (const name of options.containers) {
      const request = [
        encodeField(1, sandboxId),
        encodeField(2, encodeContainer(name, options)),
        encodeField(3, sandboxConfig),
      ];
      const containerId = (await ask("CreateContainer", Buffer.concat(request))).string(1);
      await ask("StartContainer", encodeField(1, containerId));
      containerIds.push(containerId);
    }
    return { sandboxId, containerIds, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * PodSandboxConfig: metadata = 1 (name, uid, namespace), labels = 6, linux = 8 (cgroup_parent = 1,
 * security_context = 2).
 */
function encodeSandbox({ name, uid, namespace, labels, cgroup }: PodOptions): Uint8Array {
  const metadata = [encodeField(1, name), encodeField(2, uid), encodeField(3, namespace)];
  // namespace_options = 1: network = 1 is NODE (2), so no CNI plugin is needed.
  const hostNetwork = encodeField(1, Uint8Array.from([0x08, 2]));
  return Buffer.concat([
    encodeField(1, Buffer.concat(metadata)),
    ...encodeMap(6, { ...labels, ...kubeletLabels(name, namespace, uid) }),
    encodeField(8, Buffer.concat([encodeField(1, cgroup), encodeField(2, hostNetwork)])),
  ]);
}

/**
 * ContainerConfig: metadata = 1 (name), image = 2 (image), labels = 9, linux = 15 (security_context
 * = 2).
 */
function encodeContainer(
  container: string,
  { name, uid, namespace, image }: PodOptions,
): Uint8Array {
  const hostNetwork = encodeField(3, Uint8Array.from([0x08, 2]));
  return Buffer.concat([
    encodeField(1, encodeField(1, container)),
    encodeField(2, encodeField(1, image)),
    ...encodeMap(9, {
      ...kubeletLabels(name, namespace, uid),
      "io.kubernetes.container.name": container,
    }),
    encodeField(15, encodeField(2, hostNetwork)),
  ]);
}

function kubeletLabels(name: string, namespace: string, uid: string): Record<string, string> {
  return {
    "io.kubernetes.pod.name": name,
    "io.kubernetes.pod.namespace": namespace,
    "io.kubernetes.pod.uid": uid,
  };
}

function encodeMap(field: number, map: Readonly<Record<string, string>>): Uint8Array[] {
  return Object.entries(map).map(([key, value]) =>
    encodeField(field, Buffer.concat([encodeField(1, key), encodeField(2, value)])),
  );
}
