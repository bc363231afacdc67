/** What keeps the store from being opened, read or written, for whoever runs the command. */

export class StoreError extends Error {}

/** The reason in one line; of SQLite's own errors too. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
