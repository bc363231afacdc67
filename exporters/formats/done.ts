/** What became of an act, in a word: for names that do not change. */
export const done = {
  ...{ allow: "allowed", alert: "alerted on", deny: "denied", kill: "killed" },
} as const;
