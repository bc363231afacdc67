/** Settings of every sink that tells people of incidents. */
import { count, duration } from "@pahlevan/core/settings/values.ts";
import { onOff, setting, type Values } from "../settings.ts";
import type { BatchLimits } from "../sink.ts";

interface Usual {
  readonly groupWaitMs: number;
  readonly repeatMs: number;
  readonly mostPerMinute: number;
}

const dayMs = 86_400_000;

export function notifyKeys({ groupWaitMs, repeatMs, mostPerMinute }: Usual) {
  return {
    "group-wait": setting(
      duration(0, 3_600_000),
      groupWaitMs,
      "How long a record waits for others of its incident, to be told in one message.",
    ),
    "resolve-after": setting(
      duration(1_000, dayMs),
      300_000,
      "Where only acts were refused: over when there was none for so long.",
    ),
    "repeat-interval": setting(
      duration(0, dayMs),
      repeatMs,
      "The same incident is not told of again before, unless it becomes graver.",
    ),
    "most-per-minute": setting(
      count(1, 600),
      mostPerMinute,
      "Messages in a minute, at most; what is left out is counted in a later one.",
    ),
    "by-host": setting(onOff, false, "Whether the same trouble on two nodes is two incidents."),
  };
}

export type NotifySettings = Values<ReturnType<typeof notifyKeys>>;

/** Of one call to `send`; what the peer is sent is one message for each incident. */
export function notifyBatch(settings: NotifySettings): BatchLimits {
  return { records: 5_000, bytes: 8 << 20, waitMs: settings["group-wait"] };
}
