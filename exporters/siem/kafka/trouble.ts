/** What an error of the client means, which wraps one in another, several times over. */

/** Of the message itself: another time it is the same. The reasons are words for a metric. */
const neverTaken: Readonly<Record<string, string>> = {
  MESSAGE_TOO_LARGE: "too_large",
  RECORD_LIST_TOO_LARGE: "too_large",
  INVALID_RECORD: "invalid_record",
};

/** The most that is looked at: errors come in trees, and retries add to them. */
const mostErrors = 50;

export function willNeverBeTaken(error: unknown): string | undefined {
  for (const each of within(error)) {
    const reason = "apiId" in each ? neverTaken[String(each.apiId)] : undefined;
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** The innermost reasons, each once. */
export function saidOf(error: unknown): string {
  const said = within(error)
    .filter((each) => each.cause === undefined && !("errors" in each))
    .map((each) => ("apiId" in each ? `${String(each.apiId)}: ${each.message}` : each.message));
  const words = [...new Set(said)].slice(0, 3).join("; ");
  return words.length > 300 ? `${words.slice(0, 300)}…` : words;
}

function within(error: unknown): Error[] {
  const found: Error[] = [];
  const rest: unknown[] = [error];
  while (rest.length > 0 && found.length < mostErrors) {
    const each = rest.shift();
    if (!(each instanceof Error)) continue;
    found.push(each);
    if (each.cause !== undefined) rest.push(each.cause);
    const inner: unknown[] = "errors" in each && Array.isArray(each.errors) ? each.errors : [];
    rest.push(...inner);
  }
  return found;
}
