import { OrderStatus, RefundStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import {
  berlin,
  clinic,
  courseLine,
  eur,
  newCourse,
  newProduct,
  newUser,
  productLine,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import { closeDispute, dispute } from "./support/disputes.ts";
import { fastRecovery } from "./support/fixtures.ts";
import {
  historyOf,
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "./support/purchases.ts";

describe("payment.dispute_closed of a dispute that was won", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment({ env: fastRecovery })));
  after(() => environment.stop());

  const placeLines = async (...items: Parameters<PurchaseEnvironment["placeLines"]>[0]) =>
    environment.beginAndPay(await environment.placeLines(items, newUser(), { shippingAddress: berlin }));

  /** Waits until the refund worker has started a refund. */
  const refundOf = (purchase: Purchase) =>
    eventually(async () => {
      const { refund, status } = await read(purchase);
      expect(status).to.equal(OrderStatus.REFUND_PENDING);
      expect(refund?.status).to.equal(RefundStatus.APPROVED);
      return refund!;
    });
  const complete = async (purchase: Purchase) => {
    const { id: orderRefundId, amount } = await refundOf(purchase);
    await environment.completeRefund(purchase, { orderRefundId, amount: Number(amount!.units) });
  };
  const deadLetters = () => environment.query(`SELECT reason FROM dead_letter`);
  const untilStock = (purchase: Purchase, entry: string) =>
    eventually(async () => {
      expect((await historyOf(purchase)).map((one) => one.split(" ")[0])).to.include(entry);
    });

  it("publishes the courses to which the buyer has access again", async () => {
    const courses = [newCourse(), newCourse()];
    const purchase = await environment.placePaid(courses);
    await dispute(environment, purchase);
    await closeDispute(environment, purchase, "won");
    const [body] = await environment.eventDataOf(purchase, "order.dispute_won");
    expect(body).to.deep.include({ status: "confirmed", disputeId: "dp_1", amount: 20, refundedTotal: 0 });
    expect(body!.restoredCourseIds).to.have.members(courses);
  });

  it("refunds the order whose only course was bought again meanwhile", async () => {
    const course = newCourse();
    const first = await environment.placePaid([course]);
    await dispute(environment, first);
    const second = await environment.placePaid([course], first.userId);
    await closeDispute(environment, first, "won");
    expect(await deadLetters()).to.deep.equal([]);
    expect((await refundOf(first)).amount).to.include(eur(10));
    const [body] = await environment.eventDataOf(first, "order.dispute_won");
    expect(body!.restoredCourseIds).to.deep.equal([]);
    await complete(first);
    expect(await statusOf(first)).to.equal("REFUNDED");
    expect((await historyOf(first)).slice(-3)).to.deep.equal([
      "DISPUTE_CLOSED > PAID",
      "REFUND_STARTED > REFUND_PENDING",
      "PAYMENT_REFUNDED > REFUNDED",
    ]);
    const { order } = await first.buyer.getUserCourseOrder({ courseId: course });
    expect(order?.id).to.equal(second.orderId);
    expect(await statusOf(second)).to.equal("PAID");
  });

  it("refunds the course that was bought again alone, and restores the others", async () => {
    const [again, other] = [newCourse(), newCourse()];
    const first = await environment.placePaid([again, other]);
    await dispute(environment, first);
    await environment.placePaid([again], first.userId);
    await closeDispute(environment, first, "won");
    const { items, amount } = await refundOf(first);
    expect(amount).to.include(eur(10));
    expect(items.map(({ itemId }) => itemId)).to.deep.equal([first.itemIds[0]]);
    const [body] = await environment.eventDataOf(first, "order.dispute_won");
    expect(body!.restoredCourseIds).to.deep.equal([other]);
    await complete(first);
    expect(await statusOf(first)).to.equal("PAID");
    const { order } = await first.buyer.getUserCourseOrder({ courseId: other });
    expect(order?.id).to.equal(first.orderId);
  });

  it("refunds seats that were released meanwhile", async () => {
    const course = newCourse();
    const purchase = await placeLines(sessionLine(clinic), courseLine(course));
    await dispute(environment, purchase);
    await closeDispute(environment, purchase, "won");
    const { items, amount } = await refundOf(purchase);
    expect([items.map(({ itemId }) => itemId), amount!.units]).to.deep.equal([[purchase.itemIds[0]], 25n]);
    await complete(purchase);
    expect(await statusOf(purchase)).to.equal("PAID");
  });

  it("marks the order where the inventory has released its goods and does not reserve them again", async () => {
    const purchase = await placeLines(productLine(newProduct()));
    await untilStock(purchase, "STOCK_COMMITTED");
    await dispute(environment, purchase);
    await untilStock(purchase, "STOCK_RELEASED");
    await closeDispute(environment, purchase, "won");
    await untilStock(purchase, "STOCK_MISSING");
    const rows = await environment.query(`SELECT status FROM orders WHERE stock_state = 'MISSING'`);
    expect(rows).to.deep.equal([{ status: "PAID" }]);
  });

  it("leaves goods alone that are with the carrier", async () => {
    const purchase = await placeLines(productLine(newProduct()));
    await untilStock(purchase, "STOCK_COMMITTED");
    const { orderId } = purchase;
    for (const status of [OrderStatus.READY_TO_SHIP, OrderStatus.SHIPPED])
      await environment.platform.updateOrderStatus({ orderId, status });
    await dispute(environment, purchase);
    await closeDispute(environment, purchase, "won");
    expect(await statusOf(purchase)).to.equal("SHIPPED");
    const [row] = await environment.query(`SELECT stock_state, stock_due FROM orders WHERE id = $1`, [
      orderId,
    ]);
    expect(row).to.deep.equal({ stock_state: "COMMITTED", stock_due: null });
  });
});
