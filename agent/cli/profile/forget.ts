/** `pahlevan profile forget`: removes what is stored of workloads; learning begins anew. */
import { readWorkload } from "../../store/workload-name.ts";
import type { Invocation } from "../command.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { settingsOf } from "../settings.ts";
import { told } from "../storing.ts";
import { safe } from "../text/safe.ts";
import { existingStore, unknownWorkload } from "./sources.ts";

export async function run(invocation: Invocation): Promise<number> {
  const { rest } = invocation;
  if (rest.length === 0) throw new UsageError("profile forget: of which workload?");
  using store = existingStore(await settingsOf(invocation));
  for (const word of rest) {
    if (!told(() => store.profiles.forget(readWorkload(word))))
      throw unknownWorkload(word, store, "profile forget");
    console.log(`${safe(word)} is forgotten`);
  }
  return exitCodes.fine;
}
