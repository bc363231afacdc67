/** How long tests wait for what has to come: a limit on what hangs, never on what is slow. */

/** Below the limit that vitest.config.ts sets for a test, so that the wait can say what for. */
export const PATIENCE_MS = 120_000;
