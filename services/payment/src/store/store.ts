import type { Updated } from "@till/postgres/updates";
import type { Decision } from "../rules/decision.ts";
import type { RequestKey } from "@till/rpc/request-key";
import type { Operation, Payment, PaymentStatus } from "../rules/payment.ts";

/** The only way payments are read and changed. Concurrent writes share commits; a caller's promise resolves after its commit. */
export type Store = {
  /** The payment of an earlier call with this key, or undefined. Throws IDEMPOTENCY_KEY_REUSED. */
  findByKey(key: RequestKey): Promise<Payment | undefined>;
  /**
   * Inserts a payment, once for each key. Throws PAYMENT_IN_PROGRESS when the order has a payment without an end,
   * RATE_LIMITED after too many attempts of its user within an hour, and REQUEST_IN_PROGRESS.
   */
  insert(payment: NewPayment): Promise<InsertResult>;
  /**
   * Reads a payment, lets `decide` change it, and saves payment, history and events together, unless the payment has
   * changed meanwhile: then `decide` is called again. Throws PAYMENT_NOT_FOUND, REQUEST_IN_PROGRESS and what `decide` throws.
   */
  update(command: UpdatePayment): Promise<Updated<Payment, Decision>>;
  /** A payment with its operations, or undefined. */
  find(id: string): Promise<Payment | undefined>;
  /** A payment that its order has admitted, or may still admit, or undefined. */
  findShown(id: string): Promise<Payment | undefined>;
  /** The status of the same order's payment before this one, or undefined. */
  statusBefore(payment: Payment): Promise<PaymentStatus | undefined>;
  /** The operation of an earlier call with this key, or undefined. Throws IDEMPOTENCY_KEY_REUSED. */
  findOperation(key: RequestKey): Promise<Operation | undefined>;
  /** Payments without an outcome whose lease has expired, each claimed by one process at a time. */
  claimOpen(claim: Claim): Promise<Payment[]>;
  /** Pending operations whose lease has expired, each claimed by one process at a time. */
  claimOperations(claim: Claim): Promise<ClaimedOperation[]>;
};

/** A payment to insert. `cardHash` tells its user's cards apart. */
export type NewPayment = {
  readonly key: RequestKey;
  readonly decision: Decision;
  readonly cardHash: string;
};

/** The inserted payment; or, with `isReplay`, the one that the key has already. */
export type InsertResult = { readonly payment: Payment; readonly isReplay: boolean };

type UpdatePayment = {
  readonly id: string;
  readonly decide: (payment: Payment) => Decision;
  /** The payment as this process has just written it, which saves the read unless it has changed since. */
  readonly from?: Payment;
  readonly traceparent?: string | undefined;
  /** Set when an event makes the change: it is applied once, however often it comes. */
  readonly eventId?: string | undefined;
};

/** A row is claimed again after `firstMs`, then after twice as long and so on up to `maxMs`. */
export type Claim = {
  readonly now: Date;
  readonly firstMs: number;
  readonly maxMs: number;
  readonly limit: number;
};

export type ClaimedOperation = { readonly id: string; readonly paymentId: string };
