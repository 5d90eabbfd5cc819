import type { ListOptions } from "./list.ts";
import type { Money } from "./money.ts";
import type { PaymentStatus } from "./payment.ts";
import type { WatchOptions } from "./watch-options.ts";

/** An order to pay, and what to charge. */
export type NewPayment = {
  readonly orderId: string;
  /** Must equal the order's total. */
  readonly amount: Money;
  /** A token that the payment provider gave for a card. Never a card number. */
  readonly paymentToken?: string | undefined;
  /** A stored payment method. With neither, the payer's default payment method is charged. */
  readonly paymentMethodId?: string | undefined;
};

/** Which payments to list. */
export type PaymentFilter = ListOptions & {
  readonly orderId?: string | undefined;
  /** Only the payment with this `transactionId`, or with a refund of this id. */
  readonly reference?: string | undefined;
  /** The payer. A user lists its own payments; left out by an admin or a service: every user's. */
  readonly userId?: string | undefined;
  readonly statuses?: readonly PaymentStatus[] | undefined;
  /** At or after this time. */
  readonly createdAfter?: Date | undefined;
  /** Before this time. */
  readonly createdBefore?: Date | undefined;
};

/** Options of a watch on a payment. */
export type PaymentWatchOptions = WatchOptions & {
  /** Also end at these statuses, such as `["PROCESSED"]`. */
  readonly until?: readonly PaymentStatus[] | undefined;
  /** Go on after the payment has ended, until the signal aborts. */
  readonly follow?: boolean | undefined;
};

/** A card to store. */
export type NewPaymentMethod = {
  /** A token that the payment provider gave for the card. Never a card number. */
  readonly paymentToken: string;
  /** The owner. A user may leave it out; a service must name the user. */
  readonly userId?: string | undefined;
  /** Charge it where a payment names neither token nor method. The first method is the default in any case. */
  readonly makeDefault?: boolean | undefined;
};
