import type { Client } from "@connectrpc/connect";
import { eventFromRecord, type IncomingEvent } from "@till/events/consume";
import { OrderStatus, type Order } from "@till/gen/till/order/v1/order_pb";
import type { OrderService } from "@till/gen/till/order/v1/order_service_pb";
import { v7 } from "uuid";
import { eventually } from "../../../../test/support/eventually.ts";
import { factsOf, failureOf } from "../../../../test/support/failure-of.ts";
import { anyCourse, buyer, orderWorld, paymentService, type OrderWorld } from "./order-world.ts";
import { courseLine } from "./shopping.ts";

export type Caller = Client<typeof OrderService>;

/** An order of which a story is told, with the client of who bought it and the payment that is going to pay it. */
export type Tale = {
  readonly orderId: string;
  readonly userId: string;
  readonly buyer: Caller;
  readonly paymentId: string;
  /** What it cost, in whole euros. */
  readonly total: number;
  readonly itemIds: readonly string[];
};

/** What the payment service may say of a payment beside its ids. */
export type PaymentNews = {
  readonly paymentId?: string;
  readonly amount?: number;
  readonly retryable?: boolean;
  readonly orderRefundId?: string;
  readonly currency?: string;
  /** The event's own id; one told twice is the same event come again. */
  readonly eventId?: string;
};

type Lines = NonNullable<Parameters<Caller["createOrder"]>[0]["items"]>;

export type StoryWorld = Awaited<ReturnType<typeof storyWorld>>;

/** The order service with a cast: buyers, an admin, the platform's services, and a listener to all that it says. */
export async function storyWorld(options: Parameters<typeof orderWorld>[0] = {}) {
  const world = await orderWorld(options);
  const told: IncomingEvent[] = [];
  await world.bus.subscribe({
    group: "listener",
    topics: ["order.events"],
    onBatch: (records) => Promise.resolve(void told.push(...records.map(eventFromRecord))),
  });

  /** Places an order of courses. */
  const place = (courses: readonly string[] = [anyCourse()], userId = buyer()) =>
    placeLines(
      courses.map((id) => courseLine(id)),
      userId,
    );

  async function placeLines(items: Lines, userId = buyer(), more: object = {}): Promise<Tale> {
    const client = world.as(userId);
    const { order } = await client.createOrder({ items, idempotencyKey: v7(), ...more });
    return taleOf(order!, client);
  }

  /** Tells the order service of a payment, and returns when it has dealt with it. */
  function say(type: string, { orderId, userId, total, ...tale }: Tale, news: PaymentNews) {
    const { paymentId = tale.paymentId, amount = total, currency = "EUR", eventId, ...more } = news;
    const body = { paymentId, orderId, userId, amount, currency, ...more };
    return world.publish(type, orderId, body, eventId);
  }

  const begin = ({ orderId, userId, total, ...tale }: Tale, paymentId = tale.paymentId) =>
    payments.beginPayment({ orderId, paymentId, userId, amount: eur(total) });
  const pay = (tale: Tale, news: PaymentNews = {}) => say("payment.processed", tale, news);
  const failure = { failureCode: "insufficient_funds", failureReason: "no money" };

  const placePaid = async (...given: Parameters<typeof place>) => paid(await place(...given));

  async function paid(tale: Tale): Promise<Tale> {
    await begin(tale);
    await pay(tale);
    return tale;
  }

  /** What was told of an order, once all of it is out. */
  async function toldOf({ orderId }: Pick<Tale, "orderId">): Promise<IncomingEvent[]> {
    await eventually(async () => (await waiting(world, orderId)) === 0);
    return told.filter(({ subject }) => subject === orderId);
  }

  const payments = world.as(paymentService, "service");
  return {
    ...world,
    admin: world.as(buyer(), "admin"),
    /** Any service of the platform: payments, fulfilment. */
    platform: payments,
    place,
    placeLines,
    begin,
    pay,
    paid,
    placePaid,
    decline: (tale: Tale, news: PaymentNews = {}) =>
      say("payment.failed", tale, { retryable: true, ...failure, ...news }),
    refunded: (tale: Tale, news: PaymentNews = {}) => say("payment.refunded", tale, news),
    refundFailed: (tale: Tale, news: PaymentNews = {}) =>
      say("payment.refund_failed", tale, { ...failure, ...news }),
    toldOf,
    /** The bodies of what was told of an order under one name, oldest first. */
    bodiesOf: async (tale: Pick<Tale, "orderId">, type: string) =>
      (await toldOf(tale)).filter((event) => event.type === type).map(({ data }) => data as Body),
  };
}

type Body = Readonly<Record<string, unknown>>;

export function taleOf(order: Order, client: Caller): Tale {
  const { id: orderId, userId, items } = order;
  const total = toNumber(order.total!);
  return { orderId, userId, total, itemIds: items.map(({ id }) => id), buyer: client, paymentId: v7() };
}

/** How many of an order's events are still to be published. */
async function waiting(world: OrderWorld, orderId: string): Promise<unknown> {
  const [row] = await world.rows("SELECT count(*)::int AS count FROM outbox WHERE key = $1", [orderId]);
  return row?.count;
}

/** A buyer asks for money back, an admin grants it, and the payment service gives it. */
export async function refund(till: StoryWorld, tale: Tale, grant: object = {}): Promise<void> {
  const { orderId } = tale;
  await tale.buyer.requestRefund({ orderId, reason: "too hard" });
  const { order } = await till.admin.approveRefund({ orderId, ...grant });
  const { id: orderRefundId, amount } = order!.refund!;
  await till.refunded(tale, { amount: toNumber(amount!), orderRefundId });
}

/** Whole euros and cents, as google.type.Money. */
export function eur(amount: number) {
  const units = Math.trunc(amount);
  const nanos = Math.round((amount - units) * 100) * 10_000_000;
  return { currencyCode: "EUR", units: BigInt(units), nanos };
}

function toNumber({ units, nanos }: { readonly units: bigint; readonly nanos: number }): number {
  return Number(units) + nanos / 1e9;
}

export async function read({ orderId, buyer: client }: Tale): Promise<Order> {
  return (await client.getOrder({ orderId })).order!;
}

/** The name of the status in which an order stands, or in which an answer shows it. */
export async function statusOf(from: Tale | Promise<{ order?: Order | undefined }>): Promise<string> {
  const order = "orderId" in from ? await read(from) : (await from).order;
  return OrderStatus[order!.status];
}

/** An order's history in short: what happened, and the status after it. */
export async function historyOf({ orderId, buyer: client }: Tale): Promise<string[]> {
  const { events } = await client.listOrderEvents({ orderId });
  return events.map(({ type, to }) => `${type} > ${OrderStatus[to]}`);
}

/** The reason with which a call is refused, and the facts that come with it. */
export async function refusalOf(call: Promise<unknown>) {
  const error = await failureOf(call);
  return { code: error.code, ...factsOf(error) };
}

/** The reason alone. */
export async function reasonOf(call: Promise<unknown>): Promise<string> {
  return (await refusalOf(call)).reason;
}
