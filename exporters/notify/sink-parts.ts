/** What the sinks that tell people share in how they are set up. */
import type { Sort } from "../record.ts";

/** What an incident is made of. */
export const notifyEvents: readonly Sort[] = ["decision", "transition", "notice"];

/** An address that is a secret as a whole: an error does not repeat it. */
export function requireWebAddress(name: string, value: string): void {
  const scheme = URL.canParse(value) ? new URL(value).protocol : "";
  if (scheme !== "https:" && scheme !== "http:")
    throw new Error(`${name} takes an address with https:// or http://`);
}
