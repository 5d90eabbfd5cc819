import { money } from "@till/money";
import { placeOrder } from "../services/order/src/rules/place-order.ts";
import type { OrderEvent } from "../services/order/src/rules/order-event.ts";
import { eventNames } from "../services/order/src/rules/event-names.ts";
import { orderTopic, toOutgoingEvent } from "../services/order/src/store/outgoing-events.ts";
import type { Order, OrderItem } from "../services/order/src/rules/order.ts";

/** docs/events.md, made from the order service's registry of events and from the bodies it writes. */
export function events(): string {
  return [
    "# The events of an order",
    "",
    "Made by `npm run docs` from [`event-names.ts`](../services/order/src/event-names.ts) and the bodies that",
    "[`order-event-bodies.ts`](../services/order/src/order-event-bodies.ts) writes; CI checks that it is in step.",
    "",
    `All are on the Kafka topic \`${orderTopic}\`, keyed by the order's id, as CloudEvents in binary mode: \`ce_type\` is the`,
    "type, `ce_subject` the order, `ce_dataversion` the order's version after the change. They come at least once, a repeat",
    "with the same `ce_id`. The value is JSON with `orderId` and `userId` (both uuid) and the fields below. A field that has",
    "no value is left out. Amounts are numbers with exact decimals. `status` is `pending` for CREATED and PAYMENT_PENDING,",
    "`confirmed` for PAID, else the status in lower case.",
    "",
    "| type | when | also called |",
    "| -- | -- | -- |",
    ...types.map((type) => {
      const { when, alsoCalled } = eventNames[type];
      return `| \`${type}\` | ${when} | ${alsoCalled.map((name) => `\`${name}\``).join(", ")} |`;
    }),
    "",
    "| type | body |",
    "| -- | -- |",
    ...types.map((type) => `| \`${type}\` | ${fieldsOf(type).join(", ")} |`),
    "",
  ].join("\n");
}

type Type = OrderEvent["type"];

const types = Object.keys(eventNames) as Type[];

const id = "018f0000-0000-7000-8000-0000000000a1";
const now = new Date(0);
const amount = money("EUR", 1990n);
const line = { id, refId: id, name: "", quantity: 1, unitPrice: amount, refunded: money("EUR", 0n) };
const course: OrderItem = { ...line, kind: "DIGITAL_COURSE" };
const seat: OrderItem = { ...line, kind: "SESSION", booking: "HELD" };
const given = { id, userId: id, items: [course, seat], currency: "EUR", expiresAt: now, details: {} };

/** An order of which everything is known that an event can tell. */
const order: Order = {
  ...placeOrder(given, { now, actor: "" }).order,
  paymentId: id,
  captured: amount,
  cancelReason: "USER",
  refund: { id, state: "REQUESTED", reason: "reason", amount, items: [], remark: "remark" },
  shipment: { carrier: "carrier", trackingNumber: "number" },
  deliveredAt: now,
  completedAt: now,
};
const words = { code: "code", reason: "reason", remark: "remark" };
const facts = {
  ...words,
  order,
  amount,
  paymentId: id,
  revokedCourseIds: [id],
  from: order.status,
  item: seat,
};

/** The fields of an event's body, each with what its value is, read from a body as it is written. */
function fieldsOf(type: Type): string[] {
  const body = JSON.parse(toOutgoingEvent({ ...facts, type, movedFrom: id }, id).data) as object;
  const fields = Object.entries(body).filter(([name]) => name !== "orderId" && name !== "userId");
  return fields.map(([name, value]) => `\`${name}\` ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return `${kindOf(value[0])}[]`;
  if (typeof value !== "string") return typeof value;
  if (value === id) return "uuid";
  return value === now.toISOString() ? "time" : "text";
}
