/** The attributes of what loops and learning tell. */
import type { ConvergedLine, NoticeLine, TransitionLine } from "../record.ts";
import type { Attributes } from "./registry.ts";

export function loopAttributes(line: TransitionLine | NoticeLine | ConvergedLine): Attributes {
  switch (line.event) {
    case "pahlevan.loop.notice":
      return { "pahlevan.notice": line.notice };
    case "pahlevan.profile.converged":
      return {
        "pahlevan.profile.behaviours": line.behaviours,
        "pahlevan.profile.instances": line.instances,
        "pahlevan.profile.unseen_mass": line.unseenMass,
      };
    case "pahlevan.loop.transition":
      return {
        "pahlevan.loop.from": line.from,
        "pahlevan.loop.to": line.to,
        "pahlevan.loop.step": line.step,
        "pahlevan.loop.signal": line.signal,
        "pahlevan.loop.does": line.does,
        "pahlevan.loop.why": line.why,
        "pahlevan.loop.cause.source": line.cause.source,
        "pahlevan.loop.cause.by": line.cause.by,
        "pahlevan.loop.cause.says": line.cause.says,
        "pahlevan.loop.cause.fingerprint": line.cause.fingerprint,
        "pahlevan.loop.cause.url": line.cause.url,
      };
  }
}
