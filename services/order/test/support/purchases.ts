import { eventFromRecord, type IncomingEvent } from "@till/events/consume";
import { type Order, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../../test/support/eventually.ts";
import {
  courseLine,
  eur,
  newCourse,
  newUser,
  paymentService,
  sessionLine,
} from "../../../../test/support/fixtures.ts";
import { type OrderClient, type OrderEnvironment, startOrderEnvironment } from "./order-service.ts";

export type Caller = OrderClient;

/** A placed order with its buyer's client and the id of the payment that will pay it. */
export type Purchase = {
  readonly orderId: string;
  readonly userId: string;
  readonly buyer: Caller;
  readonly paymentId: string;
  /** What it cost, in whole eur. */
  readonly total: number;
  readonly itemIds: readonly string[];
};

/** Fields of a payment event that differ from the purchase's. */
export type PaymentFields = {
  readonly paymentId?: string;
  readonly amount?: number;
  readonly retryable?: boolean;
  readonly failureCode?: string;
  readonly orderRefundId?: string;
  readonly currency?: string;
  readonly paymentMethod?: string;
  readonly transactionId?: string;
  /** The event's id, to publish the same event twice. */
  readonly eventId?: string;
};

type Item = { readonly courseId: string } | { readonly sessionId: string };

type Lines = NonNullable<Parameters<Caller["createOrder"]>[0]["items"]>;

export type PurchaseEnvironment = Awaited<ReturnType<typeof startPurchaseEnvironment>>;

/** An order environment with an admin's and a service's client, shorthands for buying, and the published order events. */
export async function startPurchaseEnvironment(options: Parameters<typeof startOrderEnvironment>[0] = {}) {
  const environment = await startOrderEnvironment(options);
  const published: IncomingEvent[] = [];
  await environment.bus.subscribe({
    group: "listener",
    topics: ["order.events"],
    onBatch: (records) => Promise.resolve(void published.push(...records.map(eventFromRecord))),
  });

  /** Places an order of courses, EUR 10.00 each unless they are named. */
  const place = (courses: readonly string[] = [newCourse()], userId = newUser()) =>
    placeLines(
      courses.map((id) => courseLine(id)),
      userId,
    );

  async function placeLines(items: Lines, userId = newUser(), more: object = {}): Promise<Purchase> {
    const client = environment.as(userId);
    const { order } = await client.createOrder({ items, idempotencyKey: v7(), ...more });
    return purchaseFrom(order!, client);
  }

  /** Places an order of courses, and of sessions with two seats each. */
  async function placeItems(userId: string, ...items: readonly Item[]): Promise<Order> {
    const lines = items.map((item) =>
      "courseId" in item ? courseLine(item.courseId) : sessionLine(item.sessionId, 2),
    );
    const request = { items: lines, idempotencyKey: v7() };
    return (await environment.as(userId).createOrder(request)).order!;
  }

  /** Publishes an event of a purchase's payment; resolves when the order service has handled it. */
  function publishPayment(
    type: string,
    { orderId, userId, total, ...purchase }: Purchase,
    fields: PaymentFields,
  ) {
    const { paymentId = purchase.paymentId, amount = total, currency = "EUR", eventId, ...more } = fields;
    const body = { paymentId, orderId, userId, amount, currency, ...more };
    return environment.publish(type, orderId, body, eventId);
  }

  const beginPayment = ({ orderId, userId, total, ...purchase }: Purchase, paymentId = purchase.paymentId) =>
    payments.beginPayment({ orderId, paymentId, userId, amount: eur(total) });
  const pay = (purchase: Purchase, fields: PaymentFields = {}) =>
    publishPayment("payment.processed", purchase, fields);
  const failure = { failureCode: "insufficient_funds", failureReason: "no money" };

  const placePaid = async (...given: Parameters<typeof place>) => beginAndPay(await place(...given));

  async function beginAndPay(purchase: Purchase): Promise<Purchase> {
    await beginPayment(purchase);
    await pay(purchase);
    return purchase;
  }

  /** The published events of an order, once its outbox is empty. */
  async function eventsOf({ orderId }: Pick<Purchase, "orderId">): Promise<IncomingEvent[]> {
    await eventually(async () => (await unpublished(environment, orderId)) === 0);
    return published.filter(({ subject }) => subject === orderId);
  }

  const payments = environment.as(paymentService, "service");
  return {
    ...environment,
    admin: environment.as(newUser(), "admin"),
    /** A client with role service. */
    platform: payments,
    place,
    placeLines,
    placeItems,
    beginPayment,
    pay,
    beginAndPay,
    placePaid,
    decline: (purchase: Purchase, fields: PaymentFields = {}) =>
      publishPayment("payment.failed", purchase, { retryable: true, ...failure, ...fields }),
    completeRefund: (purchase: Purchase, fields: PaymentFields = {}) =>
      publishPayment("payment.refunded", purchase, fields),
    failRefund: (purchase: Purchase, fields: PaymentFields = {}) =>
      publishPayment("payment.refund_failed", purchase, { ...failure, ...fields }),
    eventsOf,
    /** The data of an order's published events of one type, oldest first. */
    eventDataOf: async (purchase: Pick<Purchase, "orderId">, type: string) =>
      (await eventsOf(purchase)).filter((event) => event.type === type).map(({ data }) => data as Body),
  };
}

type Body = Readonly<Record<string, unknown>>;

/** A purchase of an order, with a new payment id. */
export function purchaseFrom(order: Order, client: Caller): Purchase {
  const { id: orderId, userId, items } = order;
  const total = toNumber(order.total!);
  return { orderId, userId, total, itemIds: items.map(({ id }) => id), buyer: client, paymentId: v7() };
}

/** The number of an order's events in the outbox. */
async function unpublished(environment: OrderEnvironment, orderId: string): Promise<unknown> {
  const [row] = await environment.query("SELECT count(*)::int AS count FROM outbox WHERE key = $1", [
    orderId,
  ]);
  return row?.count;
}

function toNumber({ units, nanos }: { readonly units: bigint; readonly nanos: number }): number {
  return Number(units) + nanos / 1e9;
}

/** The order as its buyer reads it. */
export async function read({ orderId, buyer: client }: Purchase): Promise<Order> {
  return (await client.getOrder({ orderId })).order!;
}

/** The status of a purchase's order, or of the order in a response. */
export async function statusOf(from: Purchase | Promise<{ order?: Order | undefined }>): Promise<string> {
  const order = "orderId" in from ? await read(from) : (await from).order;
  return OrderStatus[order!.status];
}

/** Waits until a purchase's order has a status. */
export async function untilStatus(purchase: Purchase, status: keyof typeof OrderStatus): Promise<void> {
  await eventually(async () => expect(await statusOf(purchase)).to.equal(status));
}

/** Creates an order of each course for one buyer; returns their ids, newest first. */
export async function placeEach(client: Caller, courses: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const course of courses) {
    const { order } = await client.createOrder({ items: [courseLine(course)], idempotencyKey: v7() });
    ids.unshift(order!.id);
  }
  return ids;
}

/** An order's history: each entry's type and the status after it. */
export async function historyOf({ orderId, buyer: client }: Purchase): Promise<string[]> {
  const { events } = await client.listOrderEvents({ orderId });
  return events.map(({ type, to }) => `${type} > ${OrderStatus[to]}`);
}

/** Begins another payment of a purchase, and declines it. */
export async function attempt(environment: PurchaseEnvironment, purchase: Purchase): Promise<Purchase> {
  const next = { ...purchase, paymentId: v7() };
  await environment.beginPayment(next);
  await environment.decline(next);
  return next;
}

/** The ids of the buyer's orders that ListOrders finds under a status. */
export async function idsInStatus({ buyer: client }: Purchase, status: string): Promise<string[]> {
  const { orders } = await client.listOrders({ statuses: [status] });
  return orders.map(({ id }) => id);
}

/** The published order.status_changed events of an order, as "CREATED > PAID". */
export async function publishedTransitionsOf(
  environment: PurchaseEnvironment,
  purchase: Purchase,
): Promise<string[]> {
  const data = await environment.eventDataOf(purchase, "order.status_changed");
  return data.map(({ from, to }) => `${String(from)} > ${String(to)}`);
}
