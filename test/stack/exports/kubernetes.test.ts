/** One Kubernetes API server for all that it is to take: our own kind, and what is exported. */
import { afterAll, beforeAll, describe } from "vitest";
import { ApiServer, apiServerMissing } from "./api-server.ts";
import { BUILT_WITHIN_MS, goProgramMissing } from "../go-program.ts";
import { Kinds } from "./kinds.ts";
import { definitionsMissing } from "./peer-definitions.ts";
import { namespace } from "./policies.ts";
import { proveCrd } from "./prove-crd.ts";
import { proveExports } from "./prove-exports.ts";

const reason =
  (await apiServerMissing()) ??
  (await definitionsMissing()) ??
  (await goProgramMissing("exports/cilium"));

describe.skipIf(reason !== undefined)(
  `Kubernetes${reason === undefined ? "" : ` (${reason})`}`,
  () => {
    let server: ApiServer;
    let kinds: Kinds;
    beforeAll(async () => {
      server = await ApiServer.start();
      kinds = await Kinds.in(server, namespace);
    }, BUILT_WITHIN_MS);
    afterAll(() => server?.[Symbol.asyncDispose]());

    describe("our own kind", () => proveCrd(() => kinds));
    describe("exports", () => proveExports(() => kinds));
  },
);
