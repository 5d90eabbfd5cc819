import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { failureOf, rejectionReason } from "../../../test/support/failure-of.ts";
import { bo, newCourse, newUser, paymentService } from "../../../test/support/fixtures.ts";
import { withoutRecovery } from "./support/fixtures.ts";
import { type PurchaseEnvironment, startPurchaseEnvironment, untilStatus } from "./support/purchases.ts";

describe("GetUserCourseOrder", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment({ env: withoutRecovery })));
  after(() => environment.stop());

  it("returns the live order, paid or not, and none once the order is cancelled", async () => {
    const user = newUser();
    const courseId = newCourse();
    const ask = () => environment.as(user).getUserCourseOrder({ courseId: courseId.toUpperCase() });
    expect(reasonOf(await failureOf(ask()))).to.equal("ORDER_NOT_FOUND");
    const first = await environment.placeItems(user, { courseId });
    expect((await ask()).order?.id).to.equal(first.id);
    await environment.as(user).cancelOrder({ orderId: first.id });
    expect(reasonOf(await failureOf(ask()))).to.equal("ORDER_NOT_FOUND");
    const second = await environment.placeItems(user, { courseId });
    const amount = { currencyCode: "EUR", units: 10n };
    await environment
      .as(paymentService, "service")
      .beginPayment({ orderId: second.id, paymentId: v7(), userId: user, amount });
    const { order } = await ask();
    expect([order?.id, order?.status]).to.deep.equal([second.id, OrderStatus.PAYMENT_PENDING]);
  });

  it("returns a paid order of several courses, and none once it is refunded", async () => {
    const course = newCourse();
    const purchase = await environment.placePaid([newCourse(), course]);
    const { order } = await purchase.buyer.getUserCourseOrder({ courseId: course });
    expect(order?.id).to.equal(purchase.orderId);
    const request = { userId: purchase.userId, courseId: newCourse() };
    expect(await rejectionReason(environment.admin.getUserCourseOrder(request))).to.equal("ORDER_NOT_FOUND");
    await purchase.buyer.cancelOrder(purchase);
    await untilStatus(purchase, "REFUND_PENDING");
    expect(await rejectionReason(purchase.buyer.getUserCourseOrder({ courseId: course }))).to.equal(
      "ORDER_NOT_FOUND",
    );
  });

  it("serves admins and services for any user, and a user for its own orders", async () => {
    const user = newUser();
    const courseId = newCourse();
    const { id } = await environment.placeItems(user, { courseId });
    const admin = environment.as(bo, "admin");
    expect((await admin.getUserCourseOrder({ userId: user, courseId })).order?.id).to.equal(id);
    expect(await rejectionReason(admin.getUserCourseOrder({ courseId }))).to.equal("INVALID_ARGUMENT");
    expect(await rejectionReason(admin.getUserCourseOrder({ userId: bo, courseId }))).to.equal(
      "ORDER_NOT_FOUND",
    );
    const foreign = environment.as(bo).getUserCourseOrder({ userId: user, courseId });
    expect(await rejectionReason(foreign)).to.equal("PERMISSION_DENIED");
  });
});
