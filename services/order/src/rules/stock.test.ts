import { money, multiply } from "@till/money";
import { expect } from "chai";
import type { Order, OrderItem } from "./order.ts";
import { placeOrder } from "./place-order.ts";
import { productQuantities, recordStock } from "./stock.ts";

const context = { now: new Date("2026-01-01T12:00:00Z"), actor: "worker:stock" };
const pencil = "018f0000-0000-7000-d000-000000000001";
const course = "018f0000-0000-7000-a000-000000000001";

function item(kind: OrderItem["kind"], refId: string, quantity: number): OrderItem {
  const unitPrice = money("EUR", 500n);
  return {
    id: `${kind}-${quantity}`,
    kind,
    refId,
    name: "x",
    quantity,
    unitPrice,
    paid: multiply(unitPrice, quantity),
    refunded: money("EUR", 0n),
    priceSnapshot: { offerId: undefined, title: "", capturedAt: context.now },
  };
}

function orderOf(change: Partial<Order> = {}): Order {
  const items = [item("PHYSICAL", pencil, 2), item("DIGITAL_COURSE", course, 1), item("PHYSICAL", pencil, 3)];
  const given = { id: "o", userId: "u", items, currency: "EUR", expiresAt: context.now, details: {} };
  return { ...placeOrder(given, context).order, ...change };
}

describe("An order's goods", () => {
  it("are each product once, and nothing but products", () => {
    expect(productQuantities(orderOf())).to.deep.equal([{ productId: pencil, quantity: 5 }]);
    expect(productQuantities({ items: [item("DIGITAL_COURSE", course, 1)] })).to.deep.equal([]);
  });
});

describe("What the inventory did", () => {
  it("is written into the history, without a change of status", () => {
    const paid = orderOf({ status: "PAID" });
    const { order, history, events } = recordStock(paid, { due: "COMMIT", stock: "COMMITTED" }, context);
    expect(order).to.include({ status: "PAID", stock: "COMMITTED", version: 2 });
    expect(history.map(({ type, from, to }) => [type, from, to])).to.deep.equal([
      ["STOCK_COMMITTED", "PAID", "PAID"],
    ]);
    expect(events).to.deep.equal([]);
  });

  it("is not written where something else is due by now, or nothing any more", () => {
    const cancelled = orderOf({ status: "CANCELLED", cancelReason: "ADMIN" });
    const committed = orderOf({ status: "PAID", stock: "COMMITTED" });
    for (const order of [cancelled, committed, orderOf()]) {
      const decision = recordStock(order, { due: "COMMIT", stock: "COMMITTED" }, context);
      expect(decision).to.deep.equal({ order, history: [], events: [] });
    }
  });

  it("is written when goods of a paid order are gone, which is then no longer due", () => {
    const { order } = recordStock(orderOf({ status: "PAID" }), { due: "COMMIT", stock: "MISSING" }, context);
    expect(recordStock(order, { due: "COMMIT", stock: "COMMITTED" }, context).history).to.deep.equal([]);
    const over = { ...order, status: "CANCELLED" as const };
    const released = recordStock(over, { due: "RELEASE", stock: "RELEASED" }, context);
    expect(released.order.stock).to.equal("RELEASED");
  });
});
