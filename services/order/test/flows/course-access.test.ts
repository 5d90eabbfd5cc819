import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import {
  berlin,
  courseLine,
  eur,
  newCourse,
  notebook,
  productLine,
} from "../../../../test/support/fixtures.ts";
import {
  type Purchase,
  type PurchaseEnvironment,
  startPurchaseEnvironment,
  statusOf,
  untilStatus,
} from "../support/purchases.ts";
import { refund } from "../support/refunds.ts";

describe("Access to courses", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  const revokedBy = async (purchase: Purchase, type: string) =>
    (await environment.eventDataOf(purchase, type)).map(({ revokedCourseIds }) => revokedCourseIds);

  it("is granted for each course when the order is paid", async () => {
    const courses = [newCourse(), newCourse()];
    const [confirmed] = await environment.eventDataOf(
      await environment.placePaid(courses),
      "order.confirmed",
    );
    expect(confirmed?.courseIds).to.deep.equal(courses);
  });

  it("is revoked for the refunded courses", async () => {
    const courses = [newCourse(), newCourse()];
    const purchase = await environment.placePaid(courses);
    await refund(environment, purchase);
    expect(await revokedBy(purchase, "order.refunded")).to.deep.equal([courses]);
  });

  it("is not revoked where the course was bought again since its line was refunded", async () => {
    const [kept, again] = [newCourse(), newCourse()];
    const first = await environment.placePaid([kept, again]);
    await refund(environment, first, { items: [{ itemId: first.itemIds[1]!, amount: eur(10) }] });
    await environment.placePaid([again], first.userId);
    await refund(environment, first);
    expect(await statusOf(first)).to.equal("REFUNDED");
    expect(await revokedBy(first, "order.refunded")).to.deep.equal([[again], [kept]]);
  });

  it("is revoked when a paid order is cancelled, once, though the course is bought again before the refund", async () => {
    const course = newCourse();
    const first = await environment.placePaid([course]);
    await first.buyer.cancelOrder(first);
    expect(await revokedBy(first, "order.cancelled")).to.deep.equal([[course]]);
    await environment.placePaid([course], first.userId);
    await untilStatus(first, "REFUND_PENDING");
    await environment.completeRefund(first);
    expect(await statusOf(first)).to.equal("REFUNDED");
    expect(await revokedBy(first, "order.refunded")).to.deep.equal([[]]);
  });

  it("is revoked when the order is returned", async () => {
    const course = newCourse();
    const lines = [courseLine(course), productLine(notebook)];
    const purchase = await environment.beginAndPay(
      await environment.placeLines(lines, undefined, { shippingAddress: berlin }),
    );
    const { orderId } = purchase;
    for (const status of ["READY_TO_SHIP", "SHIPPED", "RETURNED"] as const)
      await environment.platform.updateOrderStatus({ orderId, status: OrderStatus[status] });
    expect(await revokedBy(purchase, "order.returned")).to.deep.equal([[course]]);
  });

  it("is not revoked when an unpaid order is cancelled", async () => {
    const purchase = await environment.place();
    await purchase.buyer.cancelOrder(purchase);
    expect(await revokedBy(purchase, "order.cancelled")).to.deep.equal([[]]);
  });
});
