/** The OpenAPI document of the agent's API, out of the table of its operations. */
import { grafanaHeaders } from "@pahlevan/signals/credentials.ts";
import type { Sender } from "@pahlevan/signals/credential-lines.ts";
import * as z from "zod";
import { operations, type Operation } from "./operations.ts";

/** Where it is served. */
export const documentPath = "/v1/openapi.json";

const header = (name: string, description: string) => {
  return { type: "apiKey", in: "header", name, description };
};
const schemes = {
  bearer: { type: "http", scheme: "bearer", description: "The secret." },
  basic: { type: "http", scheme: "basic", description: "The secret, as a password." },
  certificate: { type: "mutualTLS", description: "A name of the client's certificate." },
  grafana: header(
    grafanaHeaders.signature,
    `Hex of HMAC-SHA256 over "seconds:body"; the seconds are in ${grafanaHeaders.timestamp}.`,
  ),
  standardWebhooks: header(
    "webhook-signature",
    "Standard Webhooks, with webhook-id and -timestamp.",
  ),
};
type Scheme = keyof typeof schemes;

const shown: readonly Scheme[] = ["bearer", "basic", "certificate"];
const schemesOf = {
  alertmanager: shown,
  grafana: [...shown, "grafana"],
  datadog: shown,
  generic: ["certificate", "standardWebhooks"],
  operator: shown,
  viewer: shown,
} satisfies Record<Sender, readonly Scheme[]>;

export function apiDocument(): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations)
    (paths[operation.path] ??= {})[operation.method] = described(operation);
  return {
    openapi: "3.1.0",
    info: {
      title: "Pahlevan",
      version: "1",
      description: "Signals that move loops, and loops: docs/signals.md and docs/http.md.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    paths,
    components: { securitySchemes: schemes },
  };
}

function described({ id, says, sender, parameters = {}, body, answers }: Operation): object {
  const asked = Object.entries(parameters).map(([name, { in: where, says: what, of }]) => {
    const schema = schemaOf(of, "input");
    return { name, in: where, required: where === "path", description: what, schema };
  });
  const told = Object.entries(answers).map(([status, answer]) => {
    return [status, { description: answer.says, content: json(answer.body, "output") }] as const;
  });
  return {
    operationId: id,
    summary: says,
    security: sender === undefined ? [] : schemesOf[sender].map((name) => ({ [name]: [] })),
    ...(asked.length > 0 && { parameters: asked }),
    ...(body && { requestBody: { required: true, content: json(body, "input") } }),
    responses: Object.fromEntries(told),
  };
}

function json(of: z.ZodType, io: "input" | "output"): object {
  return { "application/json": { schema: schemaOf(of, io) } };
}

/** OpenAPI 3.1 takes JSON Schema as it is. */
function schemaOf(of: z.ZodType, io: "input" | "output"): object {
  const schema: readonly [string, unknown][] = Object.entries(z.toJSONSchema(of, { io }));
  return Object.fromEntries(schema.filter(([name]) => name !== "$schema"));
}
