/**
 * What the agent's API serves: each method and path, for whom, what it takes and what it answers.
 */
import { signalKinds } from "@pahlevan/core/loop/signal.ts";
import { alertShape } from "@pahlevan/signals/alert.ts";
import type { Sender } from "@pahlevan/signals/credential-lines.ts";
import { templateShape } from "@pahlevan/signals/datadog.ts";
import { envelopeShape } from "@pahlevan/signals/envelope.ts";
import { messageShape } from "@pahlevan/signals/generic.ts";
import * as z from "zod";
import { loop } from "../cli/loop/told.ts";
import { wish } from "../loop/loop-pages.ts";

export interface Operation {
  readonly method: "get" | "post" | "put";
  /** With its parameters in braces. */
  readonly path: string;
  readonly id: string;
  readonly says: string;
  /** Whose credentials open it; absent: anybody's. */
  readonly sender?: Sender;
  readonly parameters?: Readonly<Record<string, Parameter>>;
  readonly body?: z.ZodType;
  readonly answers: Readonly<Record<number, Told>>;
}

interface Parameter {
  readonly in: "path" | "query";
  readonly says: string;
  readonly of: z.ZodType;
}

interface Told {
  readonly says: string;
  readonly body: z.ZodType;
}

const failed = (says: string): Told => ({ says, body: z.strictObject({ error: z.string() }) });

/** Of whoever comes in by the door (signals/door.ts). */
const atTheDoor = {
  400: failed("It will never be right."),
  401: failed("No credentials, or not the right ones."),
  408: failed("The body did not come in time."),
  413: failed("The body is too large."),
  429: failed("Too often, or wrong credentials too often."),
  503: failed("Too much at once, or it cannot be done now: come again."),
};
const aboutBodies = { 415: failed("It takes application/json.") };

const count = z.int().nonnegative();
const taken = z.strictObject({
  new: count,
  known: count,
  heartbeats: count,
  ignored: count,
  refused: count,
  why: z.array(z.strictObject({ alert: z.string(), why: z.string() })).optional(),
  truncated: count.optional(),
  asked: z.boolean().optional(),
});
const counts = "Written down, safe from a power cut: what was new, known, ignored and refused.";
/** Of a sender of one signal a message the refusal is the message's. */
const one = {
  400: {
    says: "It will never be right.",
    body: z.union([taken, z.strictObject({ error: z.string() })]),
  },
};
const alerts = envelopeShape.extend({ alerts: z.array(alertShape) });

const receiver = (sender: Sender, says: string, body: z.ZodType): Operation => ({
  method: "post",
  path: `/v1/signals/${sender}`,
  id: `${sender}Signals`,
  ...{ says, sender, body },
  answers: { 200: { says: counts, body: taken }, ...atTheDoor, ...aboutBodies },
});
const grafana = receiver("grafana", "Grafana alerting's webhook, version 1.", alerts);
const single = (of: Operation): Operation => ({ ...of, answers: { ...of.answers, ...one } });

const namespace = {
  namespace: { in: "query", says: "Where the policy is.", of: z.string().optional() },
} as const;
const policy = { policy: { in: "path", says: "The policy's name.", of: z.string() } } as const;
const lever = { lever: { in: "path", says: "What to do.", of: z.enum(signalKinds) } } as const;
const forPeople = {
  403: failed("Nobody has credentials for that."),
  404: failed("There is no such policy, workload or lever; it says which there are."),
};
const moved = z.array(
  z.strictObject({
    workload: z.string(),
    policy: z.string(),
    outcome: z.string(),
    says: z.string(),
  }),
);

export const operations: readonly Operation[] = [
  receiver("alertmanager", "Alertmanager's webhook, version 4.", alerts),
  grafana,
  {
    ...grafana,
    method: "put",
    id: "grafanaSignalsPut",
    says: "The same, where it is told to PUT.",
  },
  single(receiver("datadog", "Datadog's webhook, in the template that we ship.", templateShape)),
  single(receiver("generic", "A signal from a script, as Standard Webhooks.", messageShape)),
  {
    ...{ method: "get", path: "/v1/loop", id: "loops", sender: "viewer" },
    says: "Every loop, or one namespace's.",
    parameters: namespace,
    answers: {
      200: { says: "The loops.", body: z.array(loop) },
      ...{ ...atTheDoor, 403: forPeople[403] },
    },
  },
  {
    ...{ method: "get", path: "/v1/loop/{policy}", id: "loopsOfPolicy", sender: "viewer" },
    says: "The loops of one policy: one a workload.",
    parameters: { ...policy, ...namespace },
    answers: { 200: { says: "The loops.", body: z.array(loop) }, ...atTheDoor, ...forPeople },
  },
  {
    ...{ method: "post", path: "/v1/loop/{policy}:{lever}", id: "moveLoops", sender: "operator" },
    says: "Moves the loops of a policy, or of one workload of it.",
    parameters: { ...policy, ...lever, ...namespace },
    body: wish,
    answers: {
      200: { says: "Each loop took it.", body: moved },
      409: { says: "Not each loop took it: which, and why not.", body: moved },
      ...{ ...atTheDoor, ...aboutBodies, ...forPeople },
    },
  },
  forAll("emergency", "emergencyForAll", "Has no loop refuse anything any more, only tell."),
  forAll("resume", "endEmergencies", "Ends every emergency, and nothing else."),
];

function forAll(lever: string, id: string, says: string): Operation {
  return {
    ...{ method: "post", path: `/v1/loop:${lever}`, id, sender: "operator", says },
    parameters: namespace,
    body: wish.pick({ reason: true }),
    answers: {
      200: { says: "Each loop took it.", body: moved },
      409: { says: "Not each loop took it: which, and why not.", body: moved },
      ...{ ...atTheDoor, ...aboutBodies, 403: forPeople[403] },
    },
  };
}
