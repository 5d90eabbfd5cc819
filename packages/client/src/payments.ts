import type { CallOptions, CommandOptions } from "./call-options.ts";
import type { List, ListOptions } from "./list.ts";
import type { Money } from "./money.ts";
import type { NewPayment, NewPaymentMethod, PaymentFilter, PaymentWatchOptions } from "./payment-requests.ts";
import type { AuditRange, AuditVerification, Reconciliations } from "./reconciliation.ts";
import type {
  Payment,
  PaymentEvent,
  PaymentMethod,
  PaymentUpdate,
  PaymentWithRefunds,
  StartedPayment,
  StartedRefund,
} from "./payment.ts";

/** Payments of orders through a payment service provider, and stored payment methods. */
export type Payments = {
  /**
   * Charges an order's total: authorizes and captures in one step. Returns the payment PROCESSED, or REQUIRES_ACTION with
   * an `actionUrl` where the payer has to confirm it first. The order is PAID a moment later: see `till.orders.watch`.
   *
   * A decline is PAYMENT_DECLINED with `failure_code` and `retryable` in its metadata. PAYMENT_UNKNOWN is retried with the
   * same key, which never charges twice.
   */
  process(payment: NewPayment, options?: CommandOptions): Promise<StartedPayment>;

  /** Authorizes an order's total without capturing it: `capture` or `void` it later. */
  authorize(payment: NewPayment, options?: CommandOptions): Promise<StartedPayment>;

  /** Captures an authorized amount: what is left of it, or a part. For services and admins. */
  capture(paymentId: string, options?: CommandOptions & Part): Promise<StartedPayment>;

  /** Voids what is left of an authorization. */
  void(paymentId: string, options?: CommandOptions): Promise<Payment>;

  /**
   * Refunds captured money: what is left of it, or a part. For services and admins; buyers use
   * `till.orders.requestRefund`.
   */
  refund(
    paymentId: string,
    options?: CommandOptions & Part & { readonly reason?: string },
  ): Promise<StartedRefund>;

  /** Returns one payment with its refunds. Another user's payment is PAYMENT_NOT_FOUND. */
  get(paymentId: string, options?: CallOptions): Promise<PaymentWithRefunds>;

  /** Lists payments, newest first, as they are read page by page. */
  list(filter?: PaymentFilter): List<Payment>;

  /** Lists a payment's history, oldest first. */
  events(paymentId: string, options?: ListOptions): List<PaymentEvent>;

  /**
   * Follows a payment: a snapshot, then every later change, each once and in order, over cut connections and restarts.
   * Ends by itself once the payment is PROCESSED, FAILED, VOIDED or REFUNDED.
   */
  watch(paymentId: string, options?: PaymentWatchOptions): AsyncIterable<PaymentUpdate>;

  /** Stored cards. */
  readonly methods: PaymentMethods;

  /** Comparisons with the provider's ledger. For admins. */
  readonly reconciliations: Reconciliations;

  /**
   * Verifies the hash chain of the audit log and finds entries that were changed or removed. A long log is verified in
   * parts: call it again from `lastSequence` until `complete`. For admins.
   */
  verifyAudit(range?: AuditRange): Promise<AuditVerification>;
};

/** Stored cards of users. */
export type PaymentMethods = {
  /** Stores a card. The owner's first one becomes the default. */
  add(method: NewPaymentMethod, options?: CommandOptions): Promise<PaymentMethod>;

  /** Lists a user's cards, newest first. An admin or a service must name the user. */
  list(options?: CallOptions & { readonly userId?: string }): Promise<PaymentMethod[]>;

  /** Makes a card the one that is charged where a payment names neither token nor method. */
  setDefault(paymentMethodId: string, options?: CommandOptions): Promise<PaymentMethod>;

  /** Removes a card and its token. */
  remove(paymentMethodId: string, options?: CommandOptions): Promise<void>;
};

/** A part of an amount. Left out: all that is left. */
type Part = { readonly amount?: Money | undefined };
