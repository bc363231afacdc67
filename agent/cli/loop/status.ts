/** `pahlevan loop status`: where each policy is, why, and what it waits for. */
import { valueOf, type Invocation } from "../command.ts";
import { exitCodes } from "../exit.ts";
import { paintFor, type Paint } from "../text/colour.ts";
import { safe } from "../text/safe.ts";
import { loopsFor, type ToldLoop } from "./told.ts";
import { ago, untilText } from "./times.ts";

export async function run(invocation: Invocation): Promise<number> {
  const loops = await loopsFor(invocation);
  if (valueOf(invocation, "output") === "json") {
    console.log(JSON.stringify(loops, undefined, 2));
  } else if (loops.length === 0) {
    console.log("no policy selects a workload");
  } else {
    const paint = paintFor(process.stdout, process.env);
    console.log(loops.map((loop) => textOf(loop, paint, Date.now())).join("\n"));
  }
  return loops.some(({ question, refused }) => question !== undefined || refused)
    ? exitCodes.found
    : exitCodes.fine;
}

function textOf(loop: ToldLoop, paint: Paint, nowMs: number): string {
  const { policy, namespace, workload, phase, why, sinceMs, next, instances, enforcing } = loop;
  const held = `${enforcing} of ${instances} ${instances === 1 ? "instance enforces" : "instances enforce"}`;
  const head = `${paint("bold", safe(`${namespace}/${policy}`))}  ${safe(workload)}`;
  return [
    `${head}  ${paint("bold", phase)} ${ago(sinceMs, nowMs)}, ${held}`,
    row("why", why),
    ...next
      .filter(isWayOn)
      .map(({ does, to, waitsFor }) => row("next", nextText(does, to, waitsFor))),
    ...(loop.question === undefined ? [] : [row("asks", loop.question)]),
    ...(loop.verdict === undefined ? [] : [row("verdict", loop.verdict)]),
    ...cutRows(loop.cut),
    ...loop.candidates.map(({ behaviour, expiresMs }) =>
      row("allows", `${behaviour}, ${untilText(expiresMs, nowMs)}, unless somebody confirms it`),
    ),
    ...(loop.loosened.length === 0 ? [] : [row("watches", loop.loosened.join(", "))]),
    "",
  ].join("\n");
}

function cutRows({ instances, packets, refused }: ToldLoop["cut"]): string[] {
  const some = instances === 1 ? "1 instance" : `${instances} instances`;
  const dropped = `connections that stood, too: ${packets} packets dropped`;
  return [
    ...(instances === 0 ? [] : [row("cut off", `${some} from all beyond loopback, ${dropped}`)]),
    ...refused.map((why) => row("uncut", `connections that stand go on: ${why}`)),
  ];
}

/** What only happens when something is wrong is no way that one waits for. */
function isWayOn({ on }: ToldLoop["next"][number]): boolean {
  return on !== "look";
}

function nextText(does: string, to: string, waitsFor: readonly string[]): string {
  const waits = waitsFor.length === 0 ? "" : `, waits: ${waitsFor.join("; ")}`;
  return `${to}: ${does}${waits}`;
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(8)} ${safe(text)}`;
}
