/** Somebody on the internet (RFC 5737); in the tests he is on the loopback, so that he answers. */
export const stranger = { address: "203.0.113.5", port: 4444 } as const;
