/** How much the receivers take at a time, and what they take for too much. */
import type { Rate } from "./rate.ts";
import type { Sender } from "./credential-lines.ts";

export interface ReceiverLimits {
  /** Of one body. Ten thousand alerts take some 10 MB. */
  readonly bodyBytes: Readonly<Record<Sender, number>>;
  /** Of bodies in work, of senders that have proved who they are; the others share less. */
  readonly inWorkBytes: number;
  readonly unprovedBytes: number;
  /** Within which a body has to be there. */
  readonly bodyMs: number;
  /** Of each secret. */
  readonly rate: Rate;
  /** Of each address, for requests with wrong credentials. */
  readonly wrongRate: Rate;
}

export const usualLimits: ReceiverLimits = {
  bodyBytes: {
    alertmanager: 16 << 20,
    grafana: 4 << 20,
    datadog: 256 << 10,
    generic: 64 << 10,
    operator: 64 << 10,
    viewer: 64 << 10,
  },
  inWorkBytes: 32 << 20,
  unprovedBytes: 8 << 20,
  bodyMs: 10_000,
  rate: { perSecond: 100, burst: 200 },
  wrongRate: { perSecond: 0.2, burst: 20 },
};
