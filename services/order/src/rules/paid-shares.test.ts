import { money, subtract } from "@till/money";
import { expect } from "chai";
import fc from "fast-check";
import { applyRefund } from "./apply-refund.ts";
import type { Approval } from "./approved-amount.ts";
import { hasGoods, subtotal, type Order, type OrderItem } from "./order.ts";
import { paidForDelivery, withPaid } from "./paid-shares.ts";
import { confirmPayment } from "./pay.ts";
import { placeOrder } from "./place-order.ts";
import { approveRefund, requestRefund } from "./refund.ts";
import { refundableOfDelivery, refundableOfLine } from "./refundable.ts";

const context = { now: new Date(0), actor: "test" };
const policy = { returnWindowMs: 1, refundOnlyPaid: false };
const euros = (minor: bigint) => money("EUR", minor);

describe("A line's share of what is paid", () => {
  const shares = (prices: readonly (readonly [OrderItem["kind"], bigint])[], discount: bigint) => {
    const lines = prices.map(([kind, price]) => ({ kind, unitPrice: euros(price), quantity: 1 }));
    return withPaid(lines, euros(discount)).map(({ paid }) => paid.minorUnits);
  };

  it("is its subtotal where there is no discount", () => {
    expect(shares([["PHYSICAL", 5000n], ["DIGITAL_COURSE", 4900n]], 0n)).to.deep.equal([5000n, 4900n]); // prettier-ignore
  });

  it("is less by the discount on goods, and not for a course or a session", () => {
    expect(shares([["DIGITAL_COURSE", 4900n], ["PHYSICAL", 5000n], ["SESSION", 2500n]], 500n)).to.deep.equal([4900n, 4500n, 2500n]); // prettier-ignore
  });

  it("gives the units that do not divide to the largest remainders, the first line first", () => {
    expect(shares([["PHYSICAL", 100n], ["PHYSICAL", 100n], ["PHYSICAL", 100n]], 100n)).to.deep.equal([66n, 67n, 67n]); // prettier-ignore
    expect(
      shares(
        [
          ["PHYSICAL", 1n],
          ["PHYSICAL", 999n],
        ],
        10n,
      ),
    ).to.deep.equal([1n, 989n]);
    expect(
      shares(
        [
          ["PHYSICAL", 0n],
          ["PHYSICAL", 999n],
        ],
        10n,
      ),
    ).to.deep.equal([0n, 989n]);
  });

  it("takes an excess of the discount over the goods from the other lines", () => {
    expect(
      shares(
        [
          ["DIGITAL_COURSE", 4900n],
          ["PHYSICAL", 500n],
        ],
        600n,
      ),
    ).to.deep.equal([4800n, 0n]);
    expect(
      shares(
        [
          ["DIGITAL_COURSE", 4900n],
          ["PHYSICAL", 500n],
        ],
        9000n,
      ),
    ).to.deep.equal([0n, 0n]);
  });
});

const anyLine = fc.record({
  kind: fc.constantFrom("DIGITAL_COURSE", "SESSION", "PHYSICAL" as const),
  price: fc.bigInt({ min: 0n, max: 10_000_000n }),
  quantity: fc.integer({ min: 1, max: 99 }),
});
const anyOrder = fc.record({
  currency: fc.constantFrom("EUR", "JPY", "KWD"),
  lines: fc.array(anyLine, { minLength: 1, maxLength: 12 }),
  fee: fc.bigInt({ min: 0n, max: 20_000n }),
  // Of the goods, in percent: more than 100 is an excess over the other lines.
  percent: fc.integer({ min: 0, max: 120 }),
  odd: fc.bigInt({ min: 0n, max: 99n }),
  picked: fc.nat(),
});
type Any = typeof anyOrder extends fc.Arbitrary<infer Of> ? Of : never;

/** A paid order; undefined where its total would not be more than zero. */
function placePaid({ currency, lines, fee, percent, odd }: Any): Order | undefined {
  const amount = (minor: bigint) => money(currency, minor);
  const items = lines.map(({ kind, price, quantity }, index) => {
    const id = String(index);
    const unitPrice = amount(price);
    const priceSnapshot = { offerId: undefined, title: "", capturedAt: context.now };
    return { id, kind, refId: id, name: "", quantity, unitPrice, priceSnapshot, refunded: amount(0n) };
  });
  const goods = items.filter((item) => hasGoods({ items: [item] }));
  const goodsTotal = goods.reduce((sum, item) => sum + subtotal(item).minorUnits, 0n);
  const discount = amount((goodsTotal * BigInt(percent)) / 100n + odd);
  const shippingFee = amount(fee);
  const total = items.reduce((sum, item) => sum + subtotal(item).minorUnits, fee) - discount.minorUnits;
  if (total <= 0n) return undefined;
  const given = { id: "o", userId: "u", items, currency, shippingFee, discount, expiresAt: new Date(1) };
  const { order } = placeOrder({ ...given, details: {} }, context);
  return confirmPayment(order, { paymentId: "p", userId: "u", amount: order.total }, context).order;
}

/** Requests, approves and completes a refund. */
function refund(order: Order, approval: Approval): Order {
  const requested = requestRefund(order, { id: `r${order.version}`, reason: "r", policy }, context).order;
  const approved = approveRefund(requested, approval, context).order;
  const { id: orderRefundId, amount } = approved.refund!;
  return applyRefund(approved, { paymentId: "p", amount: amount!, orderRefundId }, context).order;
}

describe("Refunds of a discounted order with several kinds of lines", () => {
  const runs = 10_000;
  const check = (title: string, property: (order: Order, given: Any) => void) =>
    it(`${title} (${runs} orders)`, function () {
      this.timeout(120_000);
      fc.assert(
        fc.property(anyOrder, (given) => {
          const order = placePaid(given);
          if (order) property(order, given);
        }),
        { numRuns: runs },
      );
    });

  check("the shares and the delivery are exactly what is paid, each nearly in proportion", (order) => {
    const paid = order.items.reduce((left, item) => subtract(left, item.paid), order.total);
    expect(paid).to.deep.equal(paidForDelivery(order));
    expect(paid.minorUnits >= 0n && paid.minorUnits <= order.shippingFee.minorUnits).to.equal(true);
    const goods = order.items.filter(({ kind }) => kind === "PHYSICAL");
    const goodsTotal = goods.reduce((sum, item) => sum + subtotal(item).minorUnits, 0n);
    const { minorUnits: discount } = order.discount;
    for (const item of order.items) {
      const cost = subtotal(item).minorUnits;
      expect(item.paid.minorUnits >= 0n && item.paid.minorUnits <= cost).to.equal(true);
      if (item.kind !== "PHYSICAL" || discount > goodsTotal) continue;
      // By largest remainder a share differs from its quota by less than one minor unit.
      const difference = (cost - item.paid.minorUnits) * goodsTotal - discount * cost;
      expect(difference < goodsTotal && difference > -goodsTotal).to.equal(goodsTotal > 0n);
    }
  });

  check(
    "a refund of a line, of the delivery and of the rest add up to exactly what was paid",
    (paid, given) => {
      let order = paid;
      const line = order.items[given.picked % order.items.length]!;
      if (line.paid.minorUnits > 0n)
        order = refund(order, { amount: undefined, items: [{ itemId: line.id, amount: line.paid }] });
      const deliveryAmount = refundableOfDelivery(order);
      if (deliveryAmount.minorUnits > 0n)
        order = refund(order, { amount: undefined, items: [], deliveryAmount });
      if (order.status !== "REFUNDED") order = refund(order, { amount: undefined, items: [] });
      expect(order).to.include({ status: "REFUNDED" });
      expect(order.refunded).to.deep.equal(order.total);
    },
  );

  check("refunds of each line and of the delivery add up to exactly what was paid", (paid) => {
    let order = paid;
    for (const { id: itemId } of paid.items) {
      const amount = refundableOfLine(order.items.find(({ id }) => id === itemId)!);
      if (amount.minorUnits > 0n) order = refund(order, { amount: undefined, items: [{ itemId, amount }] });
    }
    const deliveryAmount = refundableOfDelivery(order);
    if (deliveryAmount.minorUnits > 0n)
      order = refund(order, { amount: undefined, items: [], deliveryAmount });
    expect(order.status).to.equal("REFUNDED");
    expect(order.refunded).to.deep.equal(order.total);
  });
});
