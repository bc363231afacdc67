/** Every record is a Detection Finding that OCSF's own published schema takes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { acts, time } from "../../test/exporters/acts.ts";
import { examples } from "../examples.ts";
import type { Line } from "../record.ts";
import { ocsf, ocsfVersion } from "./ocsf.ts";

const path = join(import.meta.dirname, "../../test/schemas/ocsf-1.6.0-2004.json");
const schema = z.looseObject({ $id: z.string() }).parse(JSON.parse(readFileSync(path, "utf8")));
const takes = new Ajv2020({ strict: false, allErrors: true }).compile(schema);

const origin = { host: "node-1", cluster: "west", version: "0.1.0" };
const decisions = (["allow", "alert", "deny", "kill"] as const).flatMap((action) =>
  acts.map((act): Line => ({ ...act, event: "pahlevan.decision", action, policy: "p" })),
);
const lines: readonly Line[] = [...examples(time), ...acts, ...decisions];

function wrongIn(finding: unknown): string[] {
  if (takes(finding)) return [];
  return (takes.errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath, message, JSON.stringify(params)].join(" "),
  );
}

describe("a record in OCSF", () => {
  it("is what the schema of the version that it names takes", () => {
    for (const from of [origin, { ...origin, cluster: "" }])
      expect(lines.flatMap((line) => wrongIn(ocsf(line, from)))).toEqual([]);
    expect(schema.$id).toContain(`/${ocsfVersion}/`);
  });

  it("is refused by the schema where something is missing, unknown or of another type", () => {
    const [line] = lines;
    const finding = line && ocsf(line, origin);
    expect(wrongIn({ ...finding, time: "now" })).toHaveLength(1);
    expect(wrongIn({ ...finding, finding_info: {} })).toHaveLength(1);
    expect(wrongIn({ ...finding, host: "node-1" })).toHaveLength(1);
    expect(wrongIn({ ...finding, action_id: 5 })).toHaveLength(1);
    expect(wrongIn({ ...finding, evidences: [{}] })).not.toEqual([]);
  });

  it("says of a denied program that it was blocked, with who ran it as evidence", () => {
    const [denied] = lines;
    expect(denied && ocsf(denied, origin)).toMatchObject({
      class_uid: 2004,
      category_uid: 2,
      activity_id: 1,
      type_uid: 200_401,
      time: Date.parse(time),
      severity_id: 4,
      is_alert: true,
      action_id: 2,
      disposition_id: 2,
      metadata: { version: "1.6.0", uid: "example-1", product: { name: "Pahlevan" } },
      finding_info: { uid: "example-1", analytic: { name: "checkout-policy", type_id: 1 } },
      policy: { name: "checkout-policy", version: "7", is_applied: true },
      evidences: [
        {
          process: { pid: 4242, name: "sh", parent_process: { name: "node" } },
          file: { path: "/usr/bin/curl", type_id: 8 },
          container: { name: "checkout" },
        },
      ],
      resources: [{ name: "checkout", namespace: "shop" }, { type: "Pod" }, { name: "west" }],
      unmapped: { facet: "exec", tier: "lsm" },
    });
  });

  it("says of a quarantine that the workload is isolated, and of the rest no verdict", () => {
    const verdicts = examples(time).map((line) => {
      const { action_id: action, disposition_id: disposition } = ocsf(line, origin);
      return [line.event, action, disposition];
    });
    expect(verdicts).toEqual([
      ["pahlevan.decision", 2, 2],
      ["pahlevan.behaviour.first_seen", 1, 17],
      ["pahlevan.loop.transition", 99, 4],
      ["pahlevan.loop.notice", undefined, undefined],
      ["pahlevan.profile.converged", undefined, undefined],
      ["span", undefined, undefined],
    ]);
  });

  it("has the ends of a connection, and the question of a name", () => {
    const evidences = acts
      .filter(({ kind }) => kind === "accept" || kind === "dns" || kind === "bpf")
      .map((line) => ocsf(line, origin)["evidences"]);
    expect(evidences).toMatchObject([
      [{ src_endpoint: { ip: "2001:db8::1", port: 5050 }, connection_info: { direction_id: 1 } }],
      [{ query: { hostname: "evil\\x00.example", type: "A" }, dst_endpoint: { port: 53 } }],
      [{ process: { pid: 77 } }],
    ]);
  });
});
