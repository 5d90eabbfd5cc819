/** What the business decides and a deployment may change. */
export type Policies = {
  readonly orderExpiryMs: number;
  readonly maxPaymentAttempts: number;
  readonly maxUnpaidOrders: number;
  /** Whether orders with a total of zero are placed; they are PAID at once. */
  readonly allowFreeOrders: boolean;
  /** How long after its expiry an unpaid order waits for the outcome of a payment under way. */
  readonly paymentGraceMs: number;
  /** How long after delivery, or after a digital order was completed, a refund may be requested. */
  readonly returnWindowMs: number;
  /** Whether users may cancel a paid order, as long as it was not shipped. */
  readonly cancelAfterPaid: boolean;
  /** How long after it was paid, and its last session has ended, an order without goods is completed. */
  readonly digitalCompletionMs: number;
  /** How long before a session begins its buyers can no longer cancel or reschedule their bookings. */
  readonly bookingChangeCutoffMs: number;
  /** Whether refunds may be requested in PAID alone. */
  readonly refundOnlyPaid: boolean;
  /** How long after a refund of a cancelled order failed it is tried again. */
  readonly refundRetryMs: number;
  /** How often each recovery worker looks for due work. */
  readonly recoveryEveryMs: number;
};
