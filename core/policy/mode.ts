/** Modes as they are written, with the originals' words, and as they are meant. */
import type { Mode } from "./policy.ts";
import type { writtenModes } from "./schema/facets.ts";

export type WrittenMode = (typeof writtenModes)[number];

const meanings = {
  monitor: "monitor",
  audit: "monitor",
  alert: "alert",
  enforce: "enforce",
  disabled: "off",
} as const satisfies Record<WrittenMode, Mode>;

export function modeOf(written: WrittenMode): Mode {
  return meanings[written];
}

export function writtenMode(mode: Mode): WrittenMode {
  return mode === "off" ? "disabled" : mode;
}
