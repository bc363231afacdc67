/**
 * GET /v1/loop and /v1/loop/{policy}, POST /v1/loop/{policy}:{lever}, and for all of them POST
 * /v1/loop:emergency and :resume: what `pahlevan loop` is on the machine itself, for operators;
 * viewers may look. Nobody is either without credentials.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { SignalKind } from "@pahlevan/core/loop/signal.ts";
import { didYouMean } from "@pahlevan/core/policy/nearest.ts";
import { later, refusal, send, type Answer } from "@pahlevan/signals/answer.ts";
import type { Counts } from "@pahlevan/signals/counts.ts";
import type { ClientCertificate } from "@pahlevan/signals/credentials.ts";
import type { Sender } from "@pahlevan/signals/credential-lines.ts";
import type { Comer, Door } from "@pahlevan/signals/door.ts";
import { firstProblem } from "@pahlevan/signals/envelope.ts";
import { isLong } from "@pahlevan/signals/fitness.ts";
import { parseJson } from "@pahlevan/signals/json.ts";
import * as z from "zod";
import type { Move, Moved } from "../sense/control-protocol.ts";
import { reasonOf } from "../store/error.ts";
import { isAboutLoops, loopRoute, type LoopRoute } from "./loop-route.ts";

/** A loop, with whatever else is told of it. */
interface ToldLoop {
  readonly namespace: string;
  readonly policy: string;
  readonly workload: string;
}

export interface LoopPagesParts {
  readonly door: Door;
  readonly counts: Counts;
  readonly loops: () => readonly ToldLoop[];
  readonly move: (move: Move) => Promise<readonly Moved[]>;
  /** Told of what is wrong on this side. */
  readonly complain: (says: string) => void;
}

/** Where a policy is that says no namespace of its own. */
const usualNamespace = "host";

const name = z.string().min(1).max(1_024);
/** What a move takes. */
export const wish = z.strictObject({
  reason: z.string().trim().min(1, "why, for whoever reads the history").max(1_024),
  workload: name.optional(),
  all: z.boolean().optional(),
});

export class LoopPages {
  readonly #parts: LoopPagesParts;

  constructor(parts: LoopPagesParts) {
    this.#parts = parts;
  }

  handles(request: IncomingMessage): boolean {
    return isAboutLoops(request);
  }

  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    certificate?: ClientCertificate,
  ): Promise<void> {
    const sender = request.method === "GET" ? "viewer" : "operator";
    const answer = await this.#answerTo({ sender, request, certificate });
    if (answer === undefined) return;
    this.#parts.counts.request(sender, answer.status);
    send(response, answer);
  }

  async #answerTo(comer: Comer): Promise<Answer | undefined> {
    const { door } = this.#parts;
    const { sender, request } = comer;
    const route = loopRoute(request);
    if ("status" in route) return { ...route, hangUp: isLong(request) };
    if (!door.isOpenTo(sender)) return { ...nobody(sender), hangUp: isLong(request) };
    return door.enter(comer, async (by, body) => {
      const loops = this.#loopsOf(route);
      if ("status" in loops) return loops;
      return route.lever === undefined
        ? { status: 200, body: loops }
        : this.#move(loops, { ...route, lever: route.lever }, by.name, body);
    });
  }

  #loopsOf({ namespace, policy }: LoopRoute): readonly ToldLoop[] | Answer {
    const all = this.#parts.loops();
    if (policy === undefined)
      return all.filter((loop) => (namespace ?? loop.namespace) === loop.namespace);
    const here = namespace ?? usualNamespace;
    const found = all.filter((loop) => loop.policy === policy && loop.namespace === here);
    if (found.length > 0) return found;
    const [elsewhere] = all.filter((loop) => loop.policy === policy);
    const hint =
      elsewhere === undefined
        ? didYouMean(policy, new Set(all.map((loop) => loop.policy)))
        : `; one is in ${elsewhere.namespace}: add ?namespace=${elsewhere.namespace}`;
    return refusal(404, `no policy ${policy} holds anything in namespace ${here}${hint}`);
  }

  async #move(
    loops: readonly ToldLoop[],
    { lever: kind, policy: named, namespace: within }: LoopRoute & { readonly lever: SignalKind },
    by: string,
    bytes: Buffer,
  ): Promise<Answer> {
    const parsed = parseJson(bytes);
    if ("unreadable" in parsed) return refusal(400, parsed.unreadable);
    const read = wish.safeParse(parsed.value);
    if (!read.success) return refusal(400, firstProblem(read.error));
    const { reason, workload, all = false } = read.data;
    if (all && kind !== "rollback") return refusal(400, "all: it is for a rollback only");
    if (named === undefined) {
      if (workload !== undefined) return refusal(400, "workload: it is for all of them");
      const target = within === undefined ? {} : { namespace: within };
      return this.#moveEach([{ kind, target, by, reason, all: true }]);
    }
    const meant = loops.filter((loop) => (workload ?? loop.workload) === loop.workload);
    if (meant.length === 0) {
      const hint = didYouMean(
        workload ?? "",
        loops.map((loop) => loop.workload),
      );
      return refusal(404, `the policy holds no workload ${workload}${hint}`);
    }
    return this.#moveEach(
      meant.map(({ namespace, policy, workload: of }) => {
        const target = { namespace, policy, workload: of };
        return { kind, target, by, reason, all };
      }),
    );
  }

  async #moveEach(moves: readonly Move[]): Promise<Answer> {
    const told: Moved[] = [];
    for (const move of moves) {
      try {
        told.push(...(await this.#parts.move(move)));
      } catch (error) {
        this.#parts.complain(`${move.kind} by ${move.by} could not be done: ${reasonOf(error)}`);
        return later(reasonOf(error));
      }
    }
    const isDone = told.length > 0 && told.every(({ outcome }) => outcome === "accepted");
    return { status: isDone ? 200 : 409, body: told };
  }
}

function nobody(sender: Sender): Answer {
  const file = `the file '${sender}' in the folder of --signals-secrets`;
  return refusal(403, `no ${sender} has credentials here: ${file} gives them (docs/http.md)`);
}
