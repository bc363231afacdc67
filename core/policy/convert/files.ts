/** filePolicy and enforcement.files, and the programs that they speak of. */
import { readPath } from "../values/path.ts";
import { filled, type Draft } from "./draft.ts";
import { actionOf, kept } from "./lists.ts";
import type { Source } from "./source.ts";

export function filesOf(source: Source): Draft {
  const writable = kept(source, "writeAllowedPaths", readPath);
  if (writable.length > 0) {
    source.change(["writeAllowedPaths"], "are allowedPaths now: they may be read too");
  }
  const rules = {
    allowedPaths: new Array<unknown>(),
    deniedPaths: new Array<unknown>(),
    readOnlyPaths: new Array<unknown>(),
  };
  for (const rule of source.each("rules")) addRule(rule, rules);
  const draft = {
    mode: source.take("mode"),
    defaultAction: actionOf(source),
    allowedPaths: [...kept(source, "allowedPaths", readPath), ...writable, ...rules.allowedPaths],
    deniedPaths: [...kept(source, "deniedPaths", readPath), ...rules.deniedPaths],
    readOnlyPaths: [...kept(source, "readOnlyPaths", readPath), ...rules.readOnlyPaths],
    exceptions: source.take("exceptions"),
  };
  source.loseEach({
    writeOnlyPaths: "what may be written may be read; allowedPaths would allow both",
    protectedPaths: "it does not say from what; write deniedPaths or readOnlyPaths",
  });
  return filled(draft);
}

type Rules = Readonly<Record<"allowedPaths" | "deniedPaths" | "readOnlyPaths", unknown[]>>;
const changes = new Set(["write", "append", "delete"]);

/** One rule of the examples: a path, operations, an action. */
function addRule(rule: Source, { allowedPaths, deniedPaths, readOnlyPaths }: Rules): void {
  const path = rule.take("path");
  const operations = rule.words("operations").map(({ word }) => word);
  const action = rule.take("action");
  const isPath = typeof path === "string" && "value" in readPath(path);
  const isForAll = rule.take("user") === undefined;
  const isChange = operations.length > 0 && operations.every((word) => changes.has(word));
  if (isPath && isForAll && action === "deny") (isChange ? readOnlyPaths : deniedPaths).push(path);
  else if (isPath && isForAll && action === "allow" && operations.includes("write"))
    allowedPaths.push(path);
  else
    rule.lose(
      [],
      "a rule is allowedPaths, deniedPaths or readOnlyPaths here; this one is none of them",
    );
}

export function processesOf(enforcement: Source, files: Source): Draft {
  const own = enforcement.within("processes");
  const execution = enforcement.within("processExecution");
  const filter = files.within("executableFilter");
  const draft = {
    mode: own.take("mode"),
    defaultAction: actionOf(own),
    allowedBinaries: [
      ...kept(own, "allowedBinaries", readPath),
      ...kept(execution, "allowedBinaries", readPath),
      ...kept(filter, "allowedExecutables", readPath),
    ],
    deniedBinaries: [
      ...kept(own, "deniedBinaries", readPath),
      ...kept(execution, "deniedBinaries", readPath),
      ...kept(filter, "deniedExecutables", readPath),
    ],
    exceptions: own.take("exceptions"),
  };
  if (filter.take("requireSignature") === true)
    filter.lose(["requireSignature"], "signatures are not checked");
  return filled(draft);
}
