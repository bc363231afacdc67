/**
 * Objects in a Kubernetes API server: definitions of kinds, and what it says of objects of them.
 */
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { PATIENCE_MS } from "../../patience.ts";
import type { Answer, ApiServer } from "./api-server.ts";

const definition = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    group: z.string(),
    names: z.object({ kind: z.string(), plural: z.string() }),
    versions: z.array(z.object({ name: z.string(), served: z.boolean() })),
  }),
});
const object = z.object({ apiVersion: z.string(), kind: z.string() });
const status = z.object({ message: z.string().optional() });
const established = z.object({
  status: z.object({
    conditions: z.array(z.object({ type: z.string(), status: z.string(), message: z.string() })),
  }),
});

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

export class Kinds {
  readonly #server: ApiServer;
  readonly #namespace: string;
  readonly #plurals = new Map([["networking.k8s.io/v1 NetworkPolicy", "networkpolicies"]]);

  private constructor(server: ApiServer, namespace: string) {
    this.#server = server;
    this.#namespace = namespace;
  }

  static async in(server: ApiServer, namespace: string): Promise<Kinds> {
    const made = await server.ask("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
    if (made.status !== 201) throw new Error(made.text);
    return new Kinds(server, namespace);
  }

  /** Returns once its objects can be made; throws what the server has against it. */
  async define(crd: object): Promise<void> {
    const { metadata, spec } = definition.parse(crd);
    const made = await this.#server.ask("POST", `${definitions}?fieldValidation=Strict`, crd);
    if (made.status !== 201) throw new Error(said(made));
    for (const { name, served } of spec.versions) {
      const kind = `${spec.group}/${name} ${spec.names.kind}`;
      if (served) this.#plurals.set(kind, spec.names.plural);
    }
    const conditions = await this.#conditions(metadata.name);
    const wrong = conditions.find(({ type }) => type === "NonStructuralSchema");
    if (wrong !== undefined) throw new Error(`${metadata.name}: ${wrong.message}`);
  }

  /**
   * Undefined: taken, and kept as it was sent. Else what the server has against it, unknown fields
   * too, or which part it keeps otherwise. `text` is the same in YAML.
   */
  async refusal(document: object, text?: string): Promise<string | undefined> {
    const { apiVersion, kind } = object.parse(document);
    const plural = this.#plurals.get(`${apiVersion} ${kind}`);
    if (plural === undefined) throw new Error(`nobody defined ${apiVersion} ${kind}`);
    const objects = `/apis/${apiVersion}/namespaces/${this.#namespace}/${plural}`;
    const path = `${objects}?fieldValidation=Strict&dryRun=All`;
    const answer = await this.#server.ask("POST", path, text ?? document);
    if (answer.status !== 201) return said(answer);
    const [changed] = changes(document, JSON.parse(answer.text), "");
    return changed === undefined ? undefined : `${changed} is kept otherwise`;
  }

  async #conditions(name: string) {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const { text } = await this.#server.ask("GET", `${definitions}/${name}`);
      const read = established.safeParse(JSON.parse(text)).data?.status.conditions ?? [];
      if (read.some((each) => each.type === "Established" && each.status === "True")) return read;
      if (Date.now() > deadline) throw new Error(`${name} is not established: ${text}`);
      await delay(20);
    }
  }
}

function said({ status: code, text }: Answer): string {
  return `${code} ${status.safeParse(JSON.parse(text)).data?.message ?? text}`;
}

/** The places of what was sent that are not in what was kept; the server may add to it. */
function changes(sent: unknown, kept: unknown, place: string): string[] {
  if (typeof sent !== "object" || sent === null) return sent === kept ? [] : [place];
  return Object.entries(sent).flatMap(([name, part]: [string, unknown]) => {
    const other: unknown = new Map(Object.entries(kept ?? {})).get(name);
    return changes(part, other, `${place}.${name}`);
  });
}
