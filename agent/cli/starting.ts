/** Opens and starts sensing; what the machine refuses becomes an error that says what it lacks. */
import type { Agent } from "../sense/agent.ts";
import type { Node, NodeSettings } from "../sense/node.ts";
import { EnvironmentError } from "./exit.ts";

const advice = "'pahlevan debug system-capabilities' says what is missing";

/** Loads the code that needs the addon only now, so that its absence is told like any other. */
export async function opening(settings: NodeSettings): Promise<Node> {
  try {
    const { openNode } = await import("../sense/node.ts");
    return await openNode(settings);
  } catch (error) {
    throw new EnvironmentError(`cannot sense here: ${reasonOf(error)}`);
  }
}

export async function starting(agent: Agent): Promise<void> {
  try {
    await agent.start();
  } catch (error) {
    await agent.stop().catch(() => undefined);
    throw new EnvironmentError(
      `the kernel does not take Pahlevan's programs: ${reasonOf(error)}\n${advice}`,
    );
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
