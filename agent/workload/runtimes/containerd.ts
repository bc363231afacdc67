/**
 * containerd's own API: the containers of every client (Kubernetes, Docker, nerdctl, ctr), by
 * namespace.
 */
import { callUnary } from "./grpc.ts";
import { boundedLabels, labels as labelsAt, parseJson } from "./json.ts";
import { kubernetesName, mark, podOf } from "./kubernetes-labels.ts";
import { encodeField, Message } from "./protobuf.ts";
import { isOfSystemDaemon } from "./source.ts";
import type { ContainerFacts, ContainerQuestion, MetadataSource } from "./source.ts";

const service = "containerd.services.containers.v1.Containers";
/** Asked in this order; the namespace that the cgroup's path names comes first. */
const usualNamespaces = ["k8s.io", "moby", "default"];

export function containerdSource(socketPath: string, distribution = "containerd"): MetadataSource {
  return {
    name: distribution,
    applies: isOfSystemDaemon,
    async find(question: ContainerQuestion, signal: AbortSignal) {
      for (const namespace of namespacesFor(question)) {
        const ask = (method: string, request: Uint8Array) =>
          callUnary({
            socketPath,
            method: `${service}/${method}`,
            request,
            metadata: { "containerd-namespace": namespace },
            signal,
          });
        const record = await findRecord(question, ask);
        if (record === undefined) continue;
        // A pod's labels are its sandbox's.
        const sandboxId = mark(record.annotations, "sandbox");
        const sandbox =
          sandboxId === "" || sandboxId === record.id ? undefined : await getRecord(sandboxId, ask);
        return factsOf(record, sandbox, namespace);
      }
      return undefined;
    },
  };
}

type Ask = (method: string, request: Uint8Array) => Promise<Uint8Array | undefined>;

/** What we read of containerd.services.containers.v1.Container. */
interface ContainerRecord {
  readonly id: string;
  readonly labels: Record<string, string>;
  readonly image: string;
  readonly annotations: Record<string, string>;
}

async function findRecord(
  { id, podUid }: ContainerQuestion,
  ask: Ask,
): Promise<ContainerRecord | undefined> {
  if (id !== undefined) return getRecord(id, ask);
  if (podUid === undefined) return undefined;
  // A pod's own cgroup: any of its containers tells the pod, the sandbox tells its labels too.
  const answer = await ask("List", encodeField(1, `labels."io.kubernetes.pod.uid"==${podUid}`));
  if (answer === undefined) return undefined;
  const records = new Message(answer).messages(1).map(readRecord);
  return records.find(({ labels }) => mark(labels, "kind") === "sandbox") ?? records[0];
}

async function getRecord(id: string, ask: Ask): Promise<ContainerRecord | undefined> {
  const answer = await ask("Get", encodeField(1, id));
  return answer === undefined ? undefined : readRecord(new Message(answer).message(1));
}

/** id = 1, labels = 2, image = 3, spec = 5 (Any: value = 2, the OCI spec as JSON). */
function readRecord(container: Message): ContainerRecord {
  const spec = container.message(5).string(2);
  return {
    id: container.string(1),
    labels: boundedLabels(container.stringMap(2)),
    image: container.string(3),
    annotations: spec.startsWith("{") ? labelsAt(parseJson(spec), "annotations") : {},
  };
}

function factsOf(
  record: ContainerRecord,
  sandbox: ContainerRecord | undefined,
  namespace: string,
): ContainerFacts {
  const marks = { ...record.annotations, ...record.labels };
  const pod = podOf(marks);
  const chosenName = /^[0-9a-f]{64}$/.test(record.id) ? "" : record.id;
  return {
    id: record.id,
    name: record.labels["nerdctl/name"] ?? (kubernetesName(marks) || chosenName),
    image: mark(record.annotations, "image") || record.image,
    runtime: namespace === "moby" ? "docker" : "containerd",
    labels: { ...sandbox?.labels, ...record.labels },
    ...(pod === undefined ? {} : { pod }),
    // Docker's names and images are in Docker only.
    final: namespace !== "moby",
  };
}

function namespacesFor({ level, podUid }: ContainerQuestion): readonly string[] {
  if (podUid !== undefined) return ["k8s.io"];
  const [, first = ""] = level.split("/");
  const named =
    /^[0-9A-Za-z][0-9A-Za-z._-]{0,75}$/.test(first) && !first.includes(".slice") ? [first] : [];
  return [...new Set([...named, ...usualNamespaces])];
}
