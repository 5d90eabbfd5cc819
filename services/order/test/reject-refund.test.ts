import { OrderStatus, RefundStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { expectIllegalTransition } from "./support/expect-illegal-transition.ts";
import { type PurchaseEnvironment, read, startPurchaseEnvironment } from "./support/purchases.ts";

describe("RejectRefund", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("clears the buyer's reason, keeps its own, and leaves the status", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.requestRefund({ ...purchase, reason: "too hard" });
    const { order } = await environment.admin.rejectRefund({
      orderId: purchase.orderId,
      reason: "watched it all",
    });
    expect(order?.status).to.equal(OrderStatus.REFUND_REQUESTED);
    expect(order?.refund).to.include({ reason: "", remark: "watched it all", status: RefundStatus.REJECTED });
    expect(await read(purchase)).to.deep.equal(order);
    const [rejected] = await environment.eventDataOf(purchase, "order.refund_rejected");
    expect(rejected).to.include({ reason: "watched it all" });
  });

  it("rejects an order without a request", async () => {
    const purchase = await environment.placePaid();
    const reject = () => environment.admin.rejectRefund({ orderId: purchase.orderId, reason: "no" });
    await expectIllegalTransition(purchase, reject, "PAID", "REFUND_REQUESTED");
  });
});
