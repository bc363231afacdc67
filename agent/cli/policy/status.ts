/** `pahlevan policy status`: how far the running agent's policies are, as it says itself. */
import { askStatus } from "../../sense/control-client.ts";
import { valueOf, type Invocation } from "../command.ts";
import { EnvironmentError, exitCodes } from "../exit.ts";
import { settingsOf } from "../settings.ts";
import { safe } from "../text/safe.ts";
import { table } from "../text/table.ts";
import { heldIn, type HeldStatus } from "./held-status.ts";

export async function run(invocation: Invocation): Promise<number> {
  const { controlSocket } = await settingsOf(invocation);
  const status = await askStatus(controlSocket);
  if (status === undefined)
    throw new EnvironmentError(
      `no agent answers at ${controlSocket}: 'pahlevan up --policy FILE' runs one (and it takes root to ask)`,
    );
  const { held, problems } = heldIn(status);
  if (valueOf(invocation, "output") === "json") {
    console.log(JSON.stringify({ held, problems }, undefined, 2));
  } else {
    process.stdout.write(held.length === 0 ? "no policy selects a workload\n" : text(held));
    for (const problem of problems) console.error(`✗ ${safe(problem)}`);
  }
  const isWrong = problems.length > 0 || held.some(({ refused }) => refused);
  return isWrong ? exitCodes.found : exitCodes.fine;
}

const head = ["POLICY", "WORKLOAD", "PHASE", "MODE", "INSTANCES", "WHY"];

function text(held: readonly HeldStatus[]): string {
  const rows = held.map(({ policy, workload, phase, mode, why, ...counts }) =>
    [policy, workload, phase, mode, instancesText(counts), why].map(safe),
  );
  const notes = held.flatMap(notesOf);
  const said = [...new Set(notes)].join("");
  const more = notes.length === 0 ? "" : `not kept by this kernel:\n${said}`;
  return `${table([head, ...rows])}${more}`;
}

function instancesText({
  instances,
  starting,
}: Pick<HeldStatus, "instances" | "starting">): string {
  return starting === 0 ? String(instances) : `${instances} (${starting} starting)`;
}

/** A line for each sort of shortfall. */
function notesOf({ policy, shortfalls }: HeldStatus): string[] {
  return [...Map.groupBy(shortfalls, ({ says }) => says)].map(([says, of]) => {
    const facets = of.map(({ facet }) => facet).join(", ");
    return `  ${safe(policy)}: ${facets}: ${safe(says)}\n`;
  });
}
