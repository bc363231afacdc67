/**
 * The kubelet's interface to runtimes (CRI v1): containerd, CRI-O and cri-dockerd serve it alike.
 */
import { callUnary } from "./grpc.ts";
import { boundedLabels } from "./json.ts";
import { kubernetesName, mark, podOf } from "./kubernetes-labels.ts";
import { encodeField, Message } from "./protobuf.ts";
import { isOfSystemDaemon } from "./source.ts";
import type { ContainerFacts, ContainerQuestion, MetadataSource } from "./source.ts";

const service = "runtime.v1.RuntimeService";

export function criSource(
  runtime: "containerd" | "cri-o" | "docker",
  socketPath: string,
  distribution: string = runtime,
): MetadataSource {
  return {
    name: `cri:${distribution}`,
    applies: isOfSystemDaemon,
    async find(question: ContainerQuestion, signal: AbortSignal) {
      const ask = (method: string, request: Uint8Array) =>
        callUnary({ socketPath, method: `${service}/${method}`, request, signal });
      const container = await findContainer(question, ask);
      const podUid = question.podUid ?? mark(container?.labels ?? {}, "podUid");
      if (container === undefined && podUid === "") return undefined;
      const sandbox = await findSandbox(podUid, question.id, ask);
      return factsOf(runtime, question, container, sandbox);
    },
  };
}

type Ask = (method: string, request: Uint8Array) => Promise<Uint8Array | undefined>;

interface CriContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly labels: Record<string, string>;
}

/**
 * ContainerStatus: id = 1, metadata = 2 (name = 1), image = 8 (image = 1, as the user wrote it =
 * 18), labels = 12.
 */
async function findContainer(
  { id }: ContainerQuestion,
  ask: Ask,
): Promise<CriContainer | undefined> {
  if (id === undefined) return undefined;
  const answer = await ask("ContainerStatus", encodeField(1, id));
  if (answer === undefined) return undefined;
  const status = new Message(answer).message(1);
  const image = status.message(8);
  return {
    id: status.string(1),
    name: status.message(2).string(1),
    image: image.string(18) || image.string(1),
    labels: boundedLabels(status.stringMap(12)),
  };
}

interface Sandbox {
  readonly id: string;
  readonly labels: Record<string, string>;
}

/**
 * ListPodSandbox: filter = 1 (label_selector = 3) → items = 1 (id = 1, labels = 5). The newest of a
 * pod comes first.
 */
async function findSandbox(
  podUid: string,
  id: string | undefined,
  ask: Ask,
): Promise<Sandbox | undefined> {
  if (podUid === "") return undefined;
  const entry = Buffer.concat([encodeField(1, "io.kubernetes.pod.uid"), encodeField(2, podUid)]);
  const answer = await ask("ListPodSandbox", encodeField(1, encodeField(3, entry)));
  if (answer === undefined) return undefined;
  const sandboxes = new Message(answer)
    .messages(1)
    .map((item) => ({ id: item.string(1), labels: boundedLabels(item.stringMap(5)) }));
  return sandboxes.find((sandbox) => sandbox.id === id) ?? sandboxes[0];
}

function factsOf(
  runtime: string,
  question: ContainerQuestion,
  container: CriContainer | undefined,
  sandbox: Sandbox | undefined,
): ContainerFacts | undefined {
  const isSandbox = sandbox !== undefined && sandbox.id === question.id;
  // A container that the runtime does not know yet, in a pod that it knows: ask again.
  if (container === undefined && question.id !== undefined && !isSandbox) return undefined;
  const labels = { ...sandbox?.labels, ...container?.labels };
  const pod = podOf(labels);
  if (container === undefined && pod === undefined) return undefined;
  return {
    id: container?.id ?? question.id ?? "",
    name:
      container === undefined
        ? isSandbox
          ? "pause"
          : ""
        : kubernetesName(labels) || container.name,
    image: container?.image ?? "",
    runtime,
    labels,
    ...(pod === undefined ? {} : { pod }),
    final: true,
  };
}
