import { money, type Money } from "@till/money";
import { AppError } from "@till/rpc/errors";
import { expect } from "chai";
import fc from "fast-check";
import { cancelOrder, expireOrder } from "./cancel.ts";
import type { Context, Decision, HistoryEntry } from "./decision.ts";
import { deriveSeatChanges } from "./derive-bookings.ts";
import { fulfil, type FulfilmentStep } from "./fulfil.ts";
import { holdsSeats } from "./booking.ts";
import type { Order, OrderItem, OrderStatus } from "./order.ts";
import { placeOrder } from "./place-order.ts";
import { deriveStockDue } from "./stock.ts";
import { nextStatuses } from "./transitions.ts";
import { beginPayment, confirmPayment, failPayment, retryPayment } from "./pay.ts";
import { approveRefund, closeRefund, rejectRefund, requestRefund, startRefund } from "./refund.ts";
import { failRefund, applyRefund } from "./apply-refund.ts";
import { applyDispute, loseDispute, winDispute } from "./dispute.ts";
import { retryRefund, reverseRefund } from "./reverse-refund.ts";

/** A step of an order's life with all it needs; the rules decide what it comes to. */
type Step = { readonly name: string; readonly at: number; readonly part: number; readonly payment: number };

const euros = (minor: bigint): Money => money("EUR", minor);
const policy = { returnWindowMs: 14, refundOnlyPaid: false };

function place(goods: boolean, seats: boolean): Decision {
  const line = (id: string, kind: OrderItem["kind"]): Omit<OrderItem, "paid"> => {
    return {
      id,
      kind,
      refId: `ref-${id}`,
      name: id,
      quantity: 2,
      unitPrice: euros(1000n),
      refunded: euros(0n),
      priceSnapshot: { offerId: undefined, title: "", capturedAt: new Date(0) },
    };
  };
  const items = [line("course", "DIGITAL_COURSE")];
  if (goods) items.push(line("book", "PHYSICAL"));
  if (seats) items.push(line("seat", "SESSION"));
  const given = { id: "order", userId: "ada", items, currency: "EUR", expiresAt: new Date(50), details: {} };
  return placeOrder(given, { now: new Date(0), actor: "user:ada" });
}

/** Every rule that can change an order, as one function of the step's name. */
function take(order: Order, { name, at, part, payment }: Step): Decision {
  const context: Context = { now: new Date(at), actor: "test" };
  const paymentId = `payment-${payment}`;
  const facts = { paymentId, userId: "ada", amount: order.total };
  const some = euros((order.total.minorUnits * BigInt(part)) / 4n);
  // Of an event, whose amount is more than zero.
  const moved = part === 0 ? order.total : some;
  switch (name) {
    case "begin":
      return beginPayment(order, facts, context);
    case "retry":
      return retryPayment(order, context);
    case "processed":
      return confirmPayment(order, facts, context);
    case "failed":
      return failPayment(
        order,
        { ...facts, code: "no", reason: "", final: part === 0, isAttempt: part < 3 },
        3,
        context,
      );
    case "cancel":
      return cancelOrder(order, { by: "USER", remark: "", afterPaid: part > 0 }, context);
    case "expire":
      return expireOrder(order, context, 10);
    case "READY_TO_SHIP":
    case "SHIPPED":
    case "DELIVERED":
    case "COMPLETED":
    case "RETURNED": {
      const shipment = name === "SHIPPED" ? { carrier: "", trackingNumber: "" } : undefined;
      return fulfil(order, { to: name satisfies FulfilmentStep, reason: "", shipment, policy }, context);
    }
    case "request":
      return requestRefund(order, { id: `refund-${at}`, reason: "broken", policy }, context);
    case "approve":
      return approveRefund(order, { amount: part === 0 ? undefined : some, items: [] }, context);
    case "approve-line": {
      const line = order.items[part % order.items.length]!;
      return approveRefund(
        order,
        { amount: undefined, items: [{ itemId: line.id, amount: euros(2000n) }] },
        context,
      );
    }
    case "reject":
      return rejectRefund(order, "no", context);
    case "close":
      return closeRefund(order, "", context);
    case "start-refund":
      return startRefund(order, { id: `refund-${at}`, retryMs: 1 }, context);
    case "refunded": {
      const own = { paymentId: order.paymentId ?? paymentId, orderRefundId: order.refund?.id };
      return applyRefund(order, { ...own, amount: order.refund?.amount ?? order.total }, context);
    }
    case "refunded-outside":
      return applyRefund(
        order,
        { paymentId: order.paymentId ?? paymentId, amount: some, orderRefundId: undefined },
        context,
      );
    case "disputed":
      return applyDispute(order, { ...disputeOf(order, paymentId), amount: moved }, context);
    case "dispute-won": {
      const courses = order.items.filter(({ kind }) => kind === "DIGITAL_COURSE").map(({ refId }) => refId);
      const boughtAgain = new Set(part % 2 ? courses : []);
      return winDispute(order, { ...disputeOf(order, paymentId), amount: moved, boughtAgain }, context);
    }
    case "dispute-lost":
      return loseDispute(order, { ...disputeOf(order, paymentId), amount: moved }, context);
    case "reversed": {
      const ids = { paymentId: order.paymentId ?? paymentId, orderRefundId: order.refund?.id, refundId: "r" };
      const amount = order.refund?.amount ?? moved;
      return reverseRefund(order, { ...ids, amount, code: "late", remark: "late" }, context);
    }
    case "retry-refund":
      return retryRefund(order, { id: `retry-${at}`, retryMs: 1 }, context);
    case "refund-failed":
      return failRefund(
        order,
        { paymentId, amount: order.total, orderRefundId: order.refund?.id, code: "declined" },
        "no",
        context,
      );
    default:
      throw new Error(`no step ${name}`);
  }
}

function disputeOf(order: Order, paymentId: string) {
  return { paymentId: order.paymentId ?? paymentId, disputeId: "d", reason: "fraudulent" };
}

const names = [
  ...["begin", "retry", "processed", "failed", "cancel", "expire"],
  ...["READY_TO_SHIP", "SHIPPED", "DELIVERED", "COMPLETED", "RETURNED"],
  ...["request", "approve", "approve-line", "reject", "close", "start-refund"],
  ...["refunded", "refunded-outside", "refund-failed"],
  ...["disputed", "dispute-won", "dispute-lost", "reversed", "retry-refund"],
];
const step = fc.record({
  name: fc.constantFrom(...names),
  at: fc.integer({ min: 0, max: 80 }),
  part: fc.integer({ min: 0, max: 4 }),
  payment: fc.integer({ min: 1, max: 2 }),
});

/** What an order must be by its history alone, kept beside the rules. */
type Model = { status: OrderStatus; captured: bigint; refunded: bigint; version: number; seats: number };

function replay(model: Model, entries: readonly HistoryEntry[]): void {
  for (const { from, to, type, amount, version, payload } of entries) {
    expect(from).to.equal(model.status);
    if (from !== to) expect(nextStatuses[from!], `${from} to ${to}`).to.include(to);
    expect(version).to.be.oneOf([model.version, model.version + 1]);
    model.status = to;
    model.version = version;
    if (type === "PAYMENT_SUCCEEDED") model.captured += amount!.minorUnits;
    if (type === "PAYMENT_REFUNDED" || type === "PAYMENT_DISPUTED") model.refunded += amount!.minorUnits;
    if (type === "REFUND_REVERSED" || (type === "DISPUTE_CLOSED" && payload.state === "WON"))
      model.refunded -= amount!.minorUnits;
  }
}

function check(model: Model, order: Order): void {
  expect(order.status).to.equal(model.status);
  expect(order.version).to.equal(model.version);
  expect(order.captured.minorUnits).to.equal(model.captured);
  expect(order.refunded.minorUnits).to.equal(model.refunded);
  expect(model.captured, "an order is paid once, in full").to.be.oneOf([0n, order.total.minorUnits]);
  expect(model.refunded <= model.captured, "no more is refunded than was captured").to.equal(true);
  expect(order.status === "REFUNDED", "REFUNDED when all is refunded").to.equal(
    model.captured > 0n && model.captured === model.refunded,
  );
  const inRefund = order.status === "REFUND_REQUESTED" || order.status === "REFUND_PENDING";
  expect(order.priorStatus !== undefined, "a refund has a prior status").to.equal(inRefund);
  if (order.status === "REFUND_PENDING") expect(order.refund?.state).to.be.oneOf(["APPROVED", "FAILED"]);
  const held = order.items
    .filter(({ booking }) => holdsSeats(booking))
    .reduce((sum, item) => sum + item.quantity, 0);
  expect(model.seats, "seats are taken and freed once").to.equal(held);
  if (["CANCELLED", "RETURNED", "REFUNDED"].includes(order.status)) expect(held).to.equal(0);
  const due = deriveStockDue(order);
  if (order.stock === undefined) expect(due).to.equal(undefined);
  else if (order.status === "PAID") expect(due).to.equal("COMMIT");
  else if (order.status === "CANCELLED") expect(due).to.equal("RELEASE");
}

describe("Whatever happens to an order", () => {
  const runs = 10_000;

  it(`its history, its money and its seats agree (${runs} lives)`, function () {
    this.timeout(120_000);
    const seed = Number(process.env.TILL_TEST_SEED ?? Date.now() >>> 0);
    console.log(`      seed ${seed} (TILL_TEST_SEED repeats it)`);
    const life = fc.property(
      fc.boolean(),
      fc.boolean(),
      fc.array(step, { minLength: 1, maxLength: 25 }),
      (goods, seats, steps) => {
        const placed = place(goods, seats);
        let { order } = placed;
        const model: Model = {
          status: "CREATED",
          captured: 0n,
          refunded: 0n,
          version: 1,
          seats: seats ? 2 : 0,
        };
        check(model, order);
        for (const one of steps) {
          const decision = decide(order, one);
          if (!decision) continue; // rejected: nothing has changed
          replay(model, decision.history);
          for (const change of deriveSeatChanges(order, decision.order).values()) model.seats += change;
          if (decision.history.length === 0) expect(decision.order).to.deep.equal(order);
          order = decision.order;
          check(model, order);
        }
      },
    );
    fc.assert(life, { numRuns: runs, seed });
  });
});

function decide(order: Order, one: Step): Decision | undefined {
  try {
    return take(order, one);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
