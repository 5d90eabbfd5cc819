import { Code } from "@connectrpc/connect";
import { BadRequestSchema } from "@till/gen/google/rpc/error_details_pb";
import { OrderRefundStatus, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { factsOf, failureOf } from "../../../test/support/failure-of.ts";
import {
  course,
  courseLine,
  eur,
  newUser,
  notebook,
  productLine,
  reykjavik,
} from "../../../test/support/fixtures.ts";
import {
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
} from "./support/purchases.ts";
import { approveRefund, refund, requestRefund } from "./support/refunds.ts";

describe("ApproveRefund of lines and delivery", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  /** A course at 49.00, four notebooks at 12.50 less 5.00, and 9.90 for delivery: 103.90. */
  async function placeDiscounted(): Promise<Purchase> {
    const lines = [courseLine(course), productLine(notebook, 4)];
    const more = { shippingAddress: reykjavik, cartId: "sale-1" };
    const purchase = await environment.placeLines(lines, newUser(), more);
    return environment.beginAndPay(purchase);
  }

  const requested = async () => {
    const purchase = await placeDiscounted();
    await requestRefund(purchase);
    const [courseId, notebookId] = purchase.itemIds as [string, string];
    return { purchase, courseId, notebookId };
  };

  const rejection = async (purchase: Purchase, grant: object) => {
    const error = await failureOf(approveRefund(environment, purchase, grant));
    const [badRequest] = error.findDetails(BadRequestSchema);
    const fields = badRequest?.fieldViolations.map(({ field }) => field);
    return { code: error.code, ...factsOf(error), fields };
  };

  it("shows of each line what was paid: the discount is the goods'", async () => {
    const { items, total, shippingFee } = await read(await placeDiscounted());
    expect(total).to.include(eur(103.9));
    expect(items.map(({ subtotal }) => subtotal)).to.deep.include.ordered.members([
      { $typeName: "google.type.Money", ...eur(49) },
      { $typeName: "google.type.Money", ...eur(50) },
    ]);
    expect(items[0]?.paid).to.include(eur(49));
    expect(items[1]?.paid).to.include(eur(45));
    expect(shippingFee).to.include(eur(9.9));
  });

  it("refunds a line with the delivery, and then the rest, to exactly what was paid", async () => {
    const { purchase, courseId, notebookId } = await requested();
    const items = [{ itemId: notebookId, amount: eur(45) }];
    const { order } = await approveRefund(environment, purchase, { items, shippingFee: eur(9.9) });
    expect(order?.refund?.amount).to.include(eur(54.9));
    expect(order?.refund?.shippingFee).to.include(eur(9.9));
    await environment.completeRefund(purchase, { amount: 54.9, orderRefundId: order!.refund!.id });
    const part = await read(purchase);
    expect(part).to.include({ status: OrderStatus.PAID, refundStatus: OrderRefundStatus.PARTIAL });
    await refund(environment, purchase, { items: [{ itemId: courseId, amount: eur(49) }] });
    const all = await read(purchase);
    expect(all.status).to.equal(OrderStatus.REFUNDED);
    expect(all.refunded).to.include(eur(103.9));
  });

  it("rejects more of a line than is left of what was paid for it", async () => {
    const { purchase, notebookId } = await requested();
    const items = [{ itemId: notebookId, amount: eur(50) }];
    const { code, reason, metadata } = await rejection(purchase, { items });
    expect([code, reason]).to.deep.equal([Code.FailedPrecondition, "REFUND_EXCEEDS_CAPTURED"]);
    expect(metadata).to.include({ item_id: notebookId, refundable: "45.00", requested: "50.00" });
  });

  it("rejects more of the delivery than is left of it", async () => {
    const { purchase } = await requested();
    await approveRefund(environment, purchase, { shippingFee: eur(9) });
    const { refund: first } = await read(purchase);
    await environment.completeRefund(purchase, { amount: 9, orderRefundId: first!.id });
    await requestRefund(purchase);
    const { reason, metadata } = await rejection(purchase, { shippingFee: eur(1) });
    expect(reason).to.equal("REFUND_EXCEEDS_CAPTURED");
    expect(metadata).to.include({ refundable: "0.90", requested: "1.00" });
  });

  it("rejects more than is left of the order, with amounts as decimals", async () => {
    const { purchase } = await requested();
    const { reason, metadata } = await rejection(purchase, { amount: eur(103.91) });
    expect(reason).to.equal("REFUND_EXCEEDS_CAPTURED");
    expect(metadata).to.include({ refundable: "103.90", requested: "103.91" });
  });

  it("rejects a line that the order does not have, and names the field", async () => {
    const { purchase, courseId } = await requested();
    const items = [
      { itemId: courseId, amount: eur(1) },
      { itemId: v7(), amount: eur(1) },
    ];
    const { code, reason, fields } = await rejection(purchase, { items });
    expect([code, reason]).to.deep.equal([Code.InvalidArgument, "INVALID_ARGUMENT"]);
    expect(fields).to.deep.equal(["items[1].item_id"]);
  });

  it("rejects a line that is named twice, in whatever case", async () => {
    const { purchase, courseId } = await requested();
    const items = [courseId, courseId.toUpperCase()].map((itemId) => ({ itemId, amount: eur(1) }));
    const { code, fields } = await rejection(purchase, { items });
    expect([code, fields]).to.deep.equal([Code.InvalidArgument, ["items[1].item_id"]]);
  });

  it("rejects an amount that is not the sum of the lines and the delivery, however large they are", async () => {
    const { purchase, courseId } = await requested();
    const items = [{ itemId: courseId, amount: eur(49) }];
    const parts = { items, shippingFee: eur(9.9) };
    for (const grant of [
      { ...parts, amount: eur(58.89) },
      { items, amount: eur(103.9) },
      { amount: eur(58.9), items, shippingFee: eur(9_999_999_999_999) },
    ]) {
      const { code, reason, fields } = await rejection(purchase, grant);
      expect([code, reason, fields]).to.deep.equal([Code.InvalidArgument, "INVALID_ARGUMENT", ["amount"]]);
    }
    const { order } = await approveRefund(environment, purchase, { ...parts, amount: eur(58.9) });
    expect(order?.refund?.amount).to.include(eur(58.9));
  });

  it("rejects nothing and less than nothing for the delivery", async () => {
    const { purchase } = await requested();
    for (const amount of [eur(0), eur(-1)]) {
      const { code, fields } = await rejection(purchase, { shippingFee: amount });
      expect([code, fields]).to.deep.equal([Code.InvalidArgument, ["shipping_fee"]]);
    }
  });

  it("rejects a delivery in another currency", async () => {
    const { purchase } = await requested();
    const usd = { ...eur(1), currencyCode: "USD" };
    expect((await rejection(purchase, { shippingFee: usd })).reason).to.equal("CURRENCY_MISMATCH");
  });

  it("takes a repeat with the line's id in capitals as the same request", async () => {
    const { purchase, courseId } = await requested();
    const approve = (itemId: string) => {
      const items = [{ itemId, amount: eur(49) }];
      return approveRefund(environment, purchase, { items, idempotencyKey: `refund-${purchase.orderId}` });
    };
    const first = await approve(courseId);
    const again = await approve(courseId.toUpperCase());
    expect(again.order?.refund?.id).to.equal(first.order?.refund?.id);
  });
});
