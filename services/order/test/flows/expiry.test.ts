import { CancelReason, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { eventually } from "../../../../test/support/eventually.ts";
import { rejectionOf, rejectionReason } from "../../../../test/support/failure-of.ts";
import { eur, newCourse } from "../../../../test/support/fixtures.ts";
import { hourMs, withoutSweeps } from "../support/fixtures.ts";
import {
  historyOf,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "../support/purchases.ts";

describe("Expiry (C9)", () => {
  let environment: PurchaseEnvironment;
  let now: () => Date;
  before(async () => {
    const env = { TILL_ORDER_EXPIRY_SECONDS: "60", TILL_PAYMENT_GRACE_SECONDS: "600", TILL_SWEEP_MS: "20" };
    environment = await startPurchaseEnvironment({ env, now: () => now() });
  });
  beforeEach(() => (now = () => new Date()));
  after(() => environment.stop());

  const later = (ms: number) => {
    const at = Date.now() + ms;
    now = () => new Date(at);
  };
  const minutes = (count: number) => later(count * 60_000);

  it("C9 an unpaid order whose time is over is cancelled by the sweeper, with reason EXPIRED", async () => {
    const course = newCourse();
    const created = await environment.place([course]);
    const failed = await environment.place([newCourse()]);
    await environment.decline(failed);
    minutes(2);
    for (const purchase of [created, failed]) {
      await eventually(async () => (await statusOf(purchase)) === "CANCELLED");
      expect(await read(purchase)).to.include({ cancelReason: CancelReason.EXPIRED });
      const [body] = await environment.eventDataOf(purchase, "order.cancelled");
      expect(body).to.include({ reason: "EXPIRED", status: "cancelled" });
      const { events } = await purchase.buyer.listOrderEvents(purchase);
      expect(events.at(-1)).to.include({ actor: "worker:expire", reason: "EXPIRED" });
    }
    const again = await environment.place([course], created.userId);
    expect(await statusOf(again)).to.equal("CREATED");
  });

  it("C9 an order that is paid in time never expires", async () => {
    const paid = await environment.placePaid();
    const overdue = await environment.place();
    later(hourMs);
    await eventually(async () => (await statusOf(overdue)) === "CANCELLED");
    expect(await statusOf(paid)).to.equal("PAID");
  });

  it("C9 a payment under way is waited for, by the sweeper and by ExpireOrder, and pays the order", async () => {
    const pending = await environment.place();
    await environment.beginPayment(pending);
    const overdue = await environment.place();
    minutes(2);
    await eventually(async () => (await statusOf(overdue)) === "CANCELLED");
    expect(await statusOf(pending)).to.equal("PAYMENT_PENDING");
    const { reason, metadata } = await rejectionOf(environment.platform.expireOrder(pending));
    expect([reason, metadata.order_id]).to.deep.equal(["PAYMENT_IN_PROGRESS", pending.orderId]);
    await environment.pay(pending);
    expect(await statusOf(pending)).to.equal("PAID");
  });

  it("C9 a payment that nobody hears of again is not waited for for ever: its money would go back", async () => {
    const purchase = await environment.place();
    await environment.beginPayment(purchase);
    minutes(12);
    await eventually(async () => (await statusOf(purchase)) === "CANCELLED");
    const [body] = await environment.eventDataOf(purchase, "order.cancelled");
    expect(body).to.include({ reason: "EXPIRED", paymentId: purchase.paymentId });
    await environment.pay(purchase);
    expect((await historyOf(purchase)).at(-1)).to.equal("LATE_PAYMENT > CANCELLED");
    expect((await read(purchase)).captured).to.include(eur(0));
  });

  it("C9 ExpireOrder does the same at once, for services and admins alone, and once", async () => {
    const purchase = await environment.place();
    const { orderId } = purchase;
    expect(await rejectionReason(purchase.buyer.expireOrder({ orderId }))).to.equal("PERMISSION_DENIED");
    const { order } = await environment.platform.expireOrder({ orderId });
    expect(order).to.include({ status: OrderStatus.CANCELLED, cancelReason: CancelReason.EXPIRED });
    expect((await environment.admin.expireOrder({ orderId })).order).to.deep.equal(order);
    expect(await environment.eventDataOf(purchase, "order.cancelled")).to.have.lengthOf(1);
  });

  it("C9 an order whose time is over can be paid or retried no more, even before it is swept", async () => {
    const quiet = await startPurchaseEnvironment({ env: withoutSweeps, now: () => now() });
    try {
      const purchase = await quiet.place();
      const failed = await quiet.place();
      await quiet.decline(failed);
      later(hourMs);
      expect(await rejectionReason(quiet.beginPayment(purchase))).to.equal("ORDER_NOT_PAYABLE");
      expect(await rejectionReason(failed.buyer.retryPayment(failed))).to.equal("ORDER_NOT_PAYABLE");
    } finally {
      await quiet.stop();
    }
  });
});
