import type { OrderItem } from "../rules/order.ts";

/** A requested line with what it is and costs now. */
export type Offer = Pick<OrderItem, "kind" | "refId" | "name" | "quantity" | "unitPrice" | "offerId"> & {
  /** How many seats the session has, taken or not. */
  readonly capacity?: number;
};
