import type { EventContract } from "@till/contracts";
import { inventoryEvents } from "@till/contracts/inventory-events";
import { orderEvents, orderTopic } from "@till/contracts/order-events";
import { paymentEvents, paymentTopic } from "@till/contracts/payment-events";
import { personEvents } from "@till/contracts/person-events";
import type { consumers as orderConsumers } from "../../services/order/src/consumers.ts";
import { consumerGroup as orderGroup } from "../../services/order/src/store/open-store.ts";
import type { consumers as paymentConsumers } from "../../services/payment/src/consumers.ts";
import { consumerGroup as paymentGroup } from "../../services/payment/src/store/update-payments.ts";
import { describeEvents, type AsyncApi } from "./describe-events.ts";

/** One contract for each event that a service has a handler of. */
type ConsumedBy<Handlers> = { readonly [Type in keyof Handlers]: EventContract };

const consumedByOrders: ConsumedBy<ReturnType<typeof orderConsumers>> = {
  "payment.processed": paymentEvents["payment.processed"],
  "payment.failed": paymentEvents["payment.failed"],
  "payment.voided": paymentEvents["payment.voided"],
  "payment.refunded": paymentEvents["payment.refunded"],
  "payment.refund_failed": paymentEvents["payment.refund_failed"],
  "payment.disputed": paymentEvents["payment.disputed"],
  "payment.dispute_closed": paymentEvents["payment.dispute_closed"],
  "inventory.stock_release_processed": inventoryEvents["inventory.stock_release_processed"],
};

const consumedByPayments: ConsumedBy<ReturnType<typeof paymentConsumers>> = {
  "order.cancelled": orderEvents["order.cancelled"],
  "order.refund_approved": orderEvents["order.refund_approved"],
  "order.late_payment": orderEvents["order.late_payment"],
  "person.erased": personEvents["person.erased"],
};

/** services/order/contracts/order-events.yaml */
export function orderEventsContract(): AsyncApi {
  return describeEvents({
    service: "order",
    group: orderGroup,
    about:
      "What the order service publishes and consumes. `status` is `pending` for CREATED and PAYMENT_PENDING, `confirmed` for PAID, else the order's status in lower case.",
    topic: orderTopic,
    published: { ...orderEvents, ...personEvents },
    consumed: consumedByOrders,
  });
}

/** services/payment/contracts/payment-events.yaml */
export function paymentEventsContract(): AsyncApi {
  return describeEvents({
    service: "payment",
    group: paymentGroup,
    about:
      "What the payment service publishes and consumes. `amount` is the payment's, or that of the refund or dispute that the event is about.",
    topic: paymentTopic,
    published: paymentEvents,
    consumed: consumedByPayments,
  });
}
