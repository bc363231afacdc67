/** One measured number beside its budget, as every benchmark gives it. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly budget: string;
  readonly ok: boolean;
  /** The spread, and what else was measured beside it. */
  readonly detail: string;
  /** The same on every run and machine: over its budget, the run fails. Times only print. */
  readonly exact?: boolean;
}
