import type { CallOptions, CommandOptions } from "./call-options.ts";

/** Which payments to reconcile. */
export type ReconciliationRange = {
  /** Only payments created at or after this time. Left out: 24 hours ago. */
  readonly createdAfter?: Date | undefined;
  /** Only payments created before this time. Left out: a minute ago. */
  readonly createdBefore?: Date | undefined;
  /** Whether to sync payments whose outcome the provider knows and Till has not recorded. Left out: no. */
  readonly repair?: boolean | undefined;
};

/** A comparison of payments with the provider's ledger and with orders. */
export type Reconciliation = {
  readonly id: string;
  /** CLEAN: no mismatch, or all repaired. FAILED: it could not be completed. */
  readonly status: "RUNNING" | "CLEAN" | "MISMATCHED" | "FAILED" | "UNRECOGNIZED";
  readonly createdAfter: Date;
  readonly createdBefore: Date;
  /** Number of payments without a mismatch. */
  readonly matched: number;
  /** Number of payments with one, and of unmatched entries of the provider's ledger. */
  readonly mismatched: number;
  /** At most 1,000. */
  readonly mismatches: readonly Mismatch[];
  readonly startedAt: Date;
  readonly finishedAt?: Date | undefined;
  /** Why it FAILED, for people. */
  readonly problem?: string | undefined;
};

/** A difference between a payment and the provider's ledger or the order. */
export type Mismatch = {
  /** Undefined for an unmatched entry of the provider's ledger. */
  readonly paymentId?: string | undefined;
  readonly orderId?: string | undefined;
  readonly kind:
    "AMOUNT" | "MISSING_INTERNAL" | "MISSING_EXTERNAL" | "DUPLICATE" | "WRONG_STATE" | "UNRECOGNIZED";
  /** Value in the payment service. */
  readonly internal: string;
  /** Value in the provider's ledger or in the order. */
  readonly external: string;
  readonly repaired: boolean;
};

/** Where to begin to verify the audit log. */
export type AuditRange = CallOptions & {
  /** The first entry to verify. Left out: the first of the log. */
  readonly fromSequence?: number | undefined;
  /** `lastHash` of an earlier verification whose `lastSequence` is `fromSequence`. */
  readonly expectedHash?: string | undefined;
};

/** What a verification of the audit log found. */
export type AuditVerification = {
  /** Whether every verified entry holds. */
  readonly intact: boolean;
  /** Number of verified entries. */
  readonly checked: number;
  /** The first entry that does not hold, and what is wrong with it. */
  readonly firstBrokenSequence?: number | undefined;
  readonly problem?: string | undefined;
  /** Keep both outside of Till and pass them to the next verification, so that a truncated log is found, too. */
  readonly lastSequence: number;
  readonly lastHash: string;
  /** Whether the end of the log was reached within the deadline. */
  readonly complete: boolean;
  /** Number of entries that are queued for the chain and not verified. */
  readonly unchained: number;
};

/** Comparisons of payments with the provider's ledger and with orders. For admins. */
export type Reconciliations = {
  /** Starts one, which runs in the background: `get` returns its progress. */
  start(range?: ReconciliationRange, options?: CommandOptions): Promise<Reconciliation>;

  /** Returns a reconciliation and its mismatches. */
  get(reconciliationId: string, options?: CallOptions): Promise<Reconciliation>;
};
