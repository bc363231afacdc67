/** Waits for the signals that end a program. */

const ending = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
export type EndingSignal = (typeof ending)[number];

/** A second signal does what it does by default: whoever is impatient gets their way. */
export function untilSignal(): Promise<EndingSignal> {
  const { promise, resolve } = Promise.withResolvers<EndingSignal>();
  const listeners = ending.map((signal) => {
    const listener = () => {
      for (const [name, other] of listeners) process.off(name, other);
      resolve(signal);
    };
    process.on(signal, listener);
    return [signal, listener] as const;
  });
  return promise;
}
