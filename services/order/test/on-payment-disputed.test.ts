import { OrderRefundStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eur, newCourse, newUser } from "../../../test/support/fixtures.ts";
import { rejectionOf } from "../../../test/support/failure-of.ts";
import { withoutRecovery } from "./support/fixtures.ts";
import {
  historyOf,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "./support/purchases.ts";
import { closeDispute, dispute } from "./support/disputes.ts";
import { approveRefund, requestRefund } from "./support/refunds.ts";

describe("payment.disputed and payment.dispute_closed", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment({ env: withoutRecovery })));
  after(() => environment.stop());

  it("counts the withdrawn money as refunded: the order is REFUNDED and its courses are revoked", async () => {
    const course = newCourse();
    const purchase = await environment.placePaid([course]);
    await dispute(environment, purchase);
    const order = await read(purchase);
    expect(order).to.include({ refundStatus: OrderRefundStatus.FULL });
    expect(await statusOf(purchase)).to.equal("REFUNDED");
    expect((await historyOf(purchase)).at(-1)).to.equal("PAYMENT_DISPUTED > REFUNDED");
    const { events } = await purchase.buyer.listOrderEvents({ orderId: purchase.orderId });
    expect(events.at(-1)?.payload).to.deep.include({ cause: "CHARGEBACK", dispute_id: "dp_1" });
    const [body] = await environment.eventDataOf(purchase, "order.refunded");
    expect(body).to.deep.include({ amount: 10, refundStatus: "full", revokedCourseIds: [course] });
  });

  it("puts the order back to the status it had when the dispute is won", async () => {
    const course = newCourse();
    const purchase = await environment.placePaid([course]);
    await environment.platform.updateOrderStatus({ orderId: purchase.orderId, status: 8 });
    await dispute(environment, purchase);
    await closeDispute(environment, purchase, "won");
    expect(await statusOf(purchase)).to.equal("COMPLETED");
    expect((await read(purchase)).refunded).to.include(eur(0));
    expect((await historyOf(purchase)).at(-1)).to.equal("DISPUTE_CLOSED > COMPLETED");
    const { order } = await purchase.buyer.getUserCourseOrder({ courseId: course });
    expect(order?.id).to.equal(purchase.orderId);
  });

  it("leaves the order REFUNDED when the dispute is lost", async () => {
    const purchase = await environment.placePaid();
    await dispute(environment, purchase);
    await closeDispute(environment, purchase, "lost");
    expect(await statusOf(purchase)).to.equal("REFUNDED");
    expect((await historyOf(purchase)).at(-1)).to.equal("DISPUTE_CLOSED > REFUNDED");
  });

  it("says in ExplainOrder and in the rejection why no refund is open", async () => {
    const purchase = await environment.placePaid();
    await dispute(environment, purchase);
    const { actions } = await purchase.buyer.explainOrder({ orderId: purchase.orderId });
    const action = actions.find(({ rpc }) => rpc === "RequestRefund");
    expect(action).to.include({ allowed: false, reason: "ILLEGAL_TRANSITION" });
    expect(action?.message).to.include("dispute dp_1");
    const { reason, metadata } = await rejectionOf(requestRefund(purchase));
    expect(reason).to.equal("ILLEGAL_TRANSITION");
    expect(metadata).to.include({ from: "REFUNDED", to: "REFUND_REQUESTED", allowed: "" });
  });

  it("of a part leaves the status, and what is left can be refunded alone", async () => {
    const purchase = await environment.placePaid([newCourse(), newCourse()]);
    await dispute(environment, purchase, { amount: 15 });
    expect(await statusOf(purchase)).to.equal("PAID");
    await requestRefund(purchase);
    const { reason, metadata } = await rejectionOf(approveRefund(environment, purchase, { amount: eur(6) }));
    expect(reason).to.equal("REFUND_EXCEEDS_CAPTURED");
    expect(metadata).to.include({ refundable: "5.00", requested: "6.00" });
    const { order } = await approveRefund(environment, purchase);
    expect(order?.refund?.amount).to.include(eur(5));
  });

  it("fails an approved refund, and a won dispute returns the order to the status before that", async () => {
    const purchase = await environment.placePaid([newCourse()], newUser());
    await requestRefund(purchase);
    const { order } = await approveRefund(environment, purchase);
    await dispute(environment, purchase);
    await environment.failRefund(purchase, { orderRefundId: order!.refund!.id });
    expect(await statusOf(purchase)).to.equal("REFUNDED");
    await closeDispute(environment, purchase, "won");
    expect(await statusOf(purchase)).to.equal("PAID");
    await requestRefund(purchase);
    expect(await statusOf(purchase)).to.equal("REFUND_REQUESTED");
  });

  it("is applied once when its event comes twice", async () => {
    const purchase = await environment.placePaid([newCourse(), newCourse()]);
    const { orderId, userId, paymentId } = purchase;
    const body = {
      paymentId,
      orderId,
      userId,
      amount: 5,
      currency: "EUR",
      disputeId: "dp_2",
      reason: "general",
    };
    const id = v7();
    for (let times = 0; times < 2; times += 1)
      await environment.publish(
        "payment.disputed",
        orderId,
        { ...body, state: "needs_response", refundedTotal: 5 },
        id,
      );
    expect((await read(purchase)).refunded).to.include(eur(5));
  });
});
