import { CancelReason } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { rejectionOf, rejectionReason } from "../../../test/support/failure-of.ts";
import { eur, newCourse } from "../../../test/support/fixtures.ts";
import { fastRecovery, hourMs, withoutRecovery } from "./support/fixtures.ts";
import { startOrderEnvironment } from "./support/order-service.ts";
import {
  historyOf,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
  untilStatus,
} from "./support/purchases.ts";

describe("The expiry of overdue orders", () => {
  let environment: PurchaseEnvironment;

  let now: () => Date;

  before(async () => {
    const env = {
      TILL_ORDER_EXPIRY_SECONDS: "60",
      TILL_PAYMENT_GRACE_SECONDS: "600",
      TILL_RECOVERY_MS: "20",
    };
    environment = await startPurchaseEnvironment({ env, now: () => now() });
  });

  beforeEach(() => (now = () => new Date()));

  after(() => environment.stop());

  const later = (ms: number) => {
    const at = Date.now() + ms;
    now = () => new Date(at);
  };

  const minutes = (count: number) => later(count * 60_000);

  it("cancels an unpaid order with reason EXPIRED", async () => {
    const course = newCourse();
    const created = await environment.place([course]);
    const failed = await environment.place([newCourse()]);
    await environment.decline(failed);
    minutes(2);
    for (const purchase of [created, failed]) {
      await untilStatus(purchase, "CANCELLED");
      expect(await read(purchase)).to.include({ cancelReason: CancelReason.EXPIRED });
      const [body] = await environment.eventDataOf(purchase, "order.cancelled");
      expect(body).to.include({ reason: "EXPIRED", status: "cancelled" });
      const { events } = await purchase.buyer.listOrderEvents(purchase);
      expect(events.at(-1)).to.include({ actor: "worker:expire", reason: "EXPIRED" });
    }
    const again = await environment.place([course], created.userId);
    expect(await statusOf(again)).to.equal("CREATED");
  });

  it("never cancels an order that was paid in time", async () => {
    const paid = await environment.placePaid();
    const overdue = await environment.place();
    later(hourMs);
    await untilStatus(overdue, "CANCELLED");
    expect(await statusOf(paid)).to.equal("PAID");
  });

  it("waits for a payment under way, as ExpireOrder does, and the payment pays the order", async () => {
    const pending = await environment.place();
    await environment.beginPayment(pending);
    const overdue = await environment.place();
    minutes(2);
    await untilStatus(overdue, "CANCELLED");
    expect(await statusOf(pending)).to.equal("PAYMENT_PENDING");
    const { reason, metadata } = await rejectionOf(environment.platform.expireOrder(pending));
    expect([reason, metadata.order_id]).to.deep.equal(["PAYMENT_IN_PROGRESS", pending.orderId]);
    await environment.pay(pending);
    expect(await statusOf(pending)).to.equal("PAID");
  });

  it("cancels an order whose payment is silent for longer than the grace, and its money is late", async () => {
    const purchase = await environment.place();
    await environment.beginPayment(purchase);
    minutes(12);
    await untilStatus(purchase, "CANCELLED");
    const [body] = await environment.eventDataOf(purchase, "order.cancelled");
    expect(body).to.include({ reason: "EXPIRED", paymentId: purchase.paymentId });
    await environment.pay(purchase);
    expect((await historyOf(purchase)).at(-1)).to.equal("LATE_PAYMENT > CANCELLED");
    expect((await read(purchase)).captured).to.include(eur(0));
  });

  it("comes after the order can no longer be paid or retried", async () => {
    const quiet = await startPurchaseEnvironment({ env: withoutRecovery, now: () => now() });
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

  it("comes when the order is due, not with the next round", async () => {
    const quiet = await startPurchaseEnvironment({ env: withoutRecovery });
    const purchase = await quiet.place();
    await quiet.query("UPDATE orders SET expires_at = now() + interval '2 seconds' WHERE id = $1", [
      purchase.orderId,
    ]);
    const replica = await startOrderEnvironment({ env: quiet.env });
    try {
      await untilStatus(purchase, "CANCELLED");
    } finally {
      await replica.stop();
      await quiet.stop();
    }
  });

  it("reads no order that is not due, however many there are", async () => {
    const many = await startPurchaseEnvironment({ env: fastRecovery });
    try {
      const { orderId } = await many.place();
      await many.query(
        `INSERT INTO orders
           SELECT (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid()))).*
             FROM orders o, generate_series(1, 5000) WHERE id = $1`,
        [orderId],
      );
      await many.query("ANALYZE orders");
      await many.query("SELECT pg_stat_reset()");
      const read = async () => {
        const [row] = await many.query(
          `SELECT idx_scan::int AS rounds, idx_tup_read::int AS entries,
              (SELECT seq_tup_read::int FROM pg_stat_user_tables WHERE relname = 'orders') AS scanned
             FROM pg_stat_user_indexes WHERE indexrelname = 'orders_unpaid_by_expiry'`,
        );
        return row as { rounds: number; entries: number; scanned: number };
      };
      const { entries, scanned } = await eventually(async () => {
        const counts = await read();
        expect(counts.rounds).to.be.greaterThan(10);
        return counts;
      });
      expect([entries, scanned]).to.deep.equal([0, 0]);
    } finally {
      await many.stop();
    }
  });
});
