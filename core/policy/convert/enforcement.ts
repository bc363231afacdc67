/** enforcementConfig and enforcement: the mode, its words and what they meant. */
import { shown } from "../shown.ts";
import { readCapability } from "../values/kernel-name.ts";
import type { Names } from "./convert.ts";
import { filled, type Draft } from "./draft.ts";
import { addExceptions } from "./exceptions.ts";
import { filesOf, processesOf } from "./files.ts";
import { kept } from "./lists.ts";
import { networkOf } from "./network.ts";
import type { Source } from "./source.ts";
import { syscallsOf } from "./syscalls.ts";

/** YAML 1.1 reads a bare Off as false, and so have many written it. */
const modes: readonly (readonly [written: unknown, mode: string])[] = [
  ["Off", "disabled"],
  ["off", "disabled"],
  [false, "disabled"],
  ["Monitoring", "monitor"],
  ["Blocking", "enforce"],
];

export function enforcementOf(spec: Source, names: Names): Draft {
  const isOld = spec.has("enforcementConfig");
  const source = spec.within(isOld ? "enforcementConfig" : "enforcement");
  const { mode, alertOnly } = modeOf(source);
  const network = networkOf(
    spec.has("networkPolicy") ? spec.within("networkPolicy") : source.within("network"),
  );
  const written = spec.has("filePolicy") ? spec.within("filePolicy") : source.within("files");
  const draft: Draft = {
    mode,
    alertOnly,
    blockUnknown: blockUnknownOf(source, isOld, mode),
    syscalls: syscallsOf(
      spec.has("syscallPolicy") ? spec.within("syscallPolicy") : source.within("syscalls"),
      names,
    ),
    network,
    processes: processesOf(source, written),
    files: filesOf(written),
    capabilities: capabilitiesOf(source, names),
    canary: source.take("canary"),
  };
  addExceptions(source, draft, names);
  source.loseEach({
    gracePeriod: "enforcing spreads by canary.steps, each healthy for canary.stepDuration",
    lsmEnabled: "what enforces is found out on each node by trying",
  });
  return filled(draft);
}

function modeOf(source: Source): { mode: unknown; alertOnly: unknown } {
  const written = source.take("mode");
  const alertOnly = source.take("alertOnly");
  const mode = modes.find(([word]) => word === written)?.[1] ?? written;
  if (alertOnly !== true || (mode !== "enforce" && mode !== "disabled")) return { mode, alertOnly };
  if (mode === "disabled") {
    source.change(["alertOnly"], "says nothing: the mode is off");
    return { mode, alertOnly: undefined };
  }
  source.change(["mode"], `${shown(written)} with alertOnly blocks nothing: it is mode alert now`);
  return { mode: "alert", alertOnly: undefined };
}

/** The old dialect blocked the unknown unless it was told not to. */
function blockUnknownOf(source: Source, isOld: boolean, mode: unknown): unknown {
  const written = source.take("blockUnknown");
  if (written !== undefined || !isOld || mode !== "enforce") return written;
  source.change(["blockUnknown"], "is absent, which meant true under Blocking; it is written now");
  return true;
}

/** A list of names in the examples, a map here. */
function capabilitiesOf(source: Source, { capabilities }: Names): unknown {
  const written = source.take("capabilities");
  if (!Array.isArray(written)) return written;
  const isKnown = (name: string) => {
    const read = readCapability(name);
    return "value" in read && capabilities.has(read.value);
  };
  return filled({ allowed: kept(source, "capabilities", readCapability, isKnown) });
}
