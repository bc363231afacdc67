/** What an instance is held to, as tables: the same entries, of which more or less is refused. */
import type { Loop } from "../loop/loop.ts";
import type { Hold } from "../loop/holding.ts";
import type { Compiled } from "../policy/compile/compiled.ts";
import { atMostMonitored, lettingUnlisted, tellingUnlisted } from "../policy/compile/loosened.ts";
import { quarantined } from "../policy/compile/quarantined.ts";
import type { Assessment } from "./assess.ts";

export function tablesFor(
  hold: Hold,
  { named, whole }: Pick<Assessment, "named" | "whole">,
  { loosened }: Pick<Loop, "loosened">,
): Compiled {
  const enforced = loosened.reduce((tables, { facet }) => tellingUnlisted(tables, [facet]), whole);
  switch (hold) {
    case "open":
      return lettingUnlisted(named);
    case "watched":
      return tellingUnlisted(whole);
    case "enforced":
      return enforced;
    case "quarantined":
      return quarantined(enforced);
    case "off":
      return atMostMonitored(whole);
  }
}
