/** `pahlevan decisions query`: what happened, out of a store; the newest last. */
import { askedBy } from "./decisions/asked.ts";
import { showing, type Form } from "./decisions/shown.ts";
import { ofPostgres, ofThisHost } from "./decisions/stores.ts";
import { valueOf, type Invocation } from "./command.ts";
import { exitCodes } from "./exit.ts";
import { settingsOf } from "./settings.ts";
import { paintFor } from "./text/colour.ts";

export async function run(invocation: Invocation): Promise<number> {
  const nowMs = Date.now();
  const asked = askedBy(invocation, nowMs);
  const settings = await settingsOf(invocation);
  const show = showing(formOf(invocation), paintFor(process.stdout, process.env), nowMs);
  const store = valueOf(invocation, "store");
  const records =
    store === undefined ? ofThisHost(settings, asked) : ofPostgres(store, asked, () => undefined);
  for await (const text of records) process.stdout.write(show(text));
  return exitCodes.fine;
}

function formOf(invocation: Invocation): Form {
  const form = valueOf(invocation, "output");
  return form === "json" || form === "yaml" ? form : "text";
}
