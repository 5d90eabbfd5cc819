import { StuckKind, type Stuck } from "@till/gen/till/ops/v1/ops_service_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { withoutRecovery } from "./support/fixtures.ts";
import { type PurchaseEnvironment, startPurchaseEnvironment } from "./support/purchases.ts";

describe("ListStuck of the order service", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment({ env: withoutRecovery })));
  after(() => environment.stop());

  const stuck = async (id: string): Promise<Stuck | undefined> => {
    const { stuck } = await environment.opsAs("admin").listStuck({});
    for (const { cause, remedy, since } of stuck)
      expect([cause, remedy, since]).to.not.include.members(["", undefined]);
    return stuck.find((one) => one.id === id);
  };

  it("has nothing of what goes as it should", async () => {
    await environment.placePaid();
    await environment.place();
    expect((await environment.opsAs("admin").listStuck({})).stuck).to.deep.equal([]);
  });

  it("has a refund that failed, at once", async () => {
    const purchase = await environment.placePaid();
    await purchase.buyer.cancelOrder({ orderId: purchase.orderId, idempotencyKey: v7() });
    await environment.completeRefund(purchase);
    expect(await stuck(purchase.orderId)).to.equal(undefined);
    await environment.failRefund(purchase, { afterSuccess: true } as object);
    expect(await stuck(purchase.orderId)).to.include({ kind: StuckKind.REFUND });
  });

  it("has an unpaid order whose expiry is overdue, with the payment that is in progress", async () => {
    const purchase = await environment.place();
    await environment.beginPayment(purchase);
    await environment.query(`UPDATE orders SET expires_at = now() - interval '1 hour' WHERE id = $1`, [
      purchase.orderId,
    ]);
    const found = await stuck(purchase.orderId);
    expect(found).to.include({ kind: StuckKind.ORDER });
    expect(found!.cause).to.include(purchase.paymentId);
  });

  it("has a cancellation of many orders that does not end", async () => {
    const id = v7();
    await environment.query(
      `INSERT INTO job (id, kind, caller_id, key, request_hash, input, actor, created_at, lease_expires_at)
       VALUES ($1, 'CANCEL_SESSION', 'x', 'y', 'z', '{}', 'admin:x', now() - interval '1 hour', now() + interval '1 hour')`,
      [id],
    );
    expect(await stuck(id)).to.include({ kind: StuckKind.OPERATION });
  });

  it("has an event that the brokers rejected, with their reason", async () => {
    const id = v7();
    await environment.query(
      `INSERT INTO rejected_event (event_id, topic, key, type, data_version, time, data, reason)
       VALUES ($1, 'order.events', 'x', 'order.created', 1, now(), '{}', 'the message is too large')`,
      [id],
    );
    const found = await stuck(id);
    expect(found).to.include({ kind: StuckKind.REJECTED_EVENT });
    expect(found!.cause).to.include("too large");
  });

  it("has an event that waits for its order", async () => {
    const eventId = v7();
    const body = {
      ...{ paymentId: v7(), orderId: v7(), userId: "someone" },
      ...{ amount: 10, currency: "EUR" },
    };
    await environment.publish("payment.processed", body.orderId, body, eventId);
    expect(await stuck(eventId)).to.equal(undefined);
    await environment.query(`UPDATE parked_event SET parked_at = now() - interval '5 minutes'`);
    const found = await stuck(eventId);
    expect(found).to.include({ kind: StuckKind.PARKED_EVENT });
    expect(found!.cause).to.include("payment.processed").and.include("is not known yet");
  });

  it("has a stock reservation that nothing released", async () => {
    const orderId = v7();
    await environment.query(
      `INSERT INTO stock_intent (order_id, state, due_at, caller_id, key)
       VALUES ($1, 'OPEN', now() - interval '1 hour', 'x', 'y')`,
      [orderId],
    );
    expect(await stuck(orderId)).to.include({ kind: StuckKind.HOLD });
  });
});
