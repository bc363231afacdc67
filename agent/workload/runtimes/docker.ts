/** Docker's Engine API over its unix socket; podman serves the same. */
import { labels, parseJson, text } from "./json.ts";
import { asSourceFailure, isContainerId, SourceFailure } from "./source.ts";
import type { ContainerFacts, ContainerQuestion, MetadataSource } from "./source.ts";

/** `socketFor` names the system's socket, or that user's own for rootless containers. */
export function dockerSource(
  runtime: "docker" | "podman",
  socketFor: (uid: number | undefined) => string,
): MetadataSource {
  return {
    name: runtime,
    applies: ({ id }) => id !== undefined && isContainerId(id),
    async find({ id = "", uid }: ContainerQuestion, signal: AbortSignal) {
      const body = await get(socketFor(uid), `/containers/${encodeURIComponent(id)}/json`, signal);
      return body === undefined ? undefined : factsOf(runtime, body);
    },
  };
}

function factsOf(runtime: string, body: string): ContainerFacts {
  const answer = parseJson(body);
  return {
    id: text(answer, "Id"),
    name: text(answer, "Name").replace(/^\//, ""),
    // What the user asked for; podman's answer has the same in ImageName.
    image: text(answer, "ImageName") || text(answer, "Config", "Image"),
    runtime,
    labels: labels(answer, "Config", "Labels"),
    final: true,
  };
}

const maxBodyBytes = 4 << 20;

/** The body of a 200, undefined for a 404. */
function get(socketPath: string, path: string, signal: AbortSignal): Promise<string | undefined> {
  // An import of it would bring Node's own `fetch` along, which is 12 MB of memory.
  const { request } = process.getBuiltinModule("node:http");
  const where = `GET ${path} at ${socketPath}`;
  return new Promise<string | undefined>((resolve, reject) => {
    const fail = (error: unknown) => reject(asSourceFailure(error, where));
    const call = request(
      { socketPath, path, signal, headers: { host: "localhost" } },
      (response) => {
        const chunks: Buffer[] = [];
        let received = 0;
        response.on("error", fail);
        response.on("data", (chunk: Buffer) => {
          received += chunk.length;
          if (received > maxBodyBytes)
            call.destroy(
              new SourceFailure("protocol", `${where}: more than ${maxBodyBytes} bytes`),
            );
          else chunks.push(chunk);
        });
        response.on("end", () => {
          if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString("utf8"));
          else if (response.statusCode === 404) resolve(undefined);
          else fail(new Error(`status ${response.statusCode}`));
        });
      },
    );
    call.on("error", fail);
    call.end();
  });
}
