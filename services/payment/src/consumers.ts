import type { IncomingEvent } from "@till/events/consume";
import { onOrderCancelled } from "./order-events/on-order-cancelled.ts";
import { onOrderLatePayment } from "./order-events/on-order-late-payment.ts";
import { onOrderRefundApproved } from "./order-events/on-order-refund-approved.ts";
import { onPersonErased } from "./order-events/on-person-erased.ts";
import type { EventDependencies } from "./order-events/update-by-event.ts";

/** Every event the payment service reacts to. */
export function consumers(deps: EventDependencies & Parameters<typeof onPersonErased>[0]) {
  return {
    "order.cancelled": onOrderCancelled(deps),
    "order.refund_approved": onOrderRefundApproved(deps),
    "order.late_payment": onOrderLatePayment(deps),
    "person.erased": onPersonErased(deps),
  } as const satisfies Readonly<Record<string, (event: IncomingEvent) => Promise<void>>>;
}
