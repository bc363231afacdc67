/**
 * GET /v1/openapi.json: what the API is, for anybody who reaches it; it says nothing of this host.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { refusal, send } from "@pahlevan/signals/answer.ts";
import { isLong } from "@pahlevan/signals/fitness.ts";
import { apiDocument, documentPath } from "./document.ts";

/** Made when somebody asks: most agents are never asked. */
let made: ReturnType<typeof apiDocument> | undefined;

export const apiPage = {
  handles: ({ url = "" }: IncomingMessage) => url.split("?")[0] === documentPath,
  answer: async (request: IncomingMessage, response: ServerResponse) => {
    made ??= apiDocument();
    if (request.method === "GET") return send(response, { status: 200, body: made });
    const headers = { allow: "GET" };
    send(response, refusal(405, "GET only", { headers, hangUp: isLong(request) }));
  },
};
