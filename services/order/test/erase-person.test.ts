import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import {
  berlin,
  courseLine,
  newCourse,
  newProduct,
  newUser,
  productLine,
} from "../../../test/support/fixtures.ts";
import { startPaymentStub, paymentOf, type PaymentStub } from "./support/payment-stub.ts";
import { historyOf, type PurchaseEnvironment, read, startPurchaseEnvironment } from "./support/purchases.ts";

describe("ErasePerson", () => {
  let environment: PurchaseEnvironment;
  let paymentStub: PaymentStub;
  before(async () => {
    paymentStub = await startPaymentStub();
    environment = await startPurchaseEnvironment({ env: { TILL_PAYMENT_ADDRESS: paymentStub.address } });
  });
  after(async () => {
    await environment.stop();
    await paymentStub.stop();
  });

  const secret = "Geheimnis";
  const erase = (userId: string) => environment.admin.erasePerson({ userId, reason: "requested by letter" });

  async function placeRefunded(userId: string) {
    const address = { ...berlin, recipients: [secret] };
    const more = { shippingAddress: address, billingAddress: address, notes: secret, cartId: "cart-1" };
    const items = [courseLine(newCourse()), productLine(newProduct())];
    const placed = await environment.placeLines(items, userId, more);
    const purchase = await environment.beginAndPay(placed);
    const { paymentId, orderId, total } = purchase;
    paymentStub.payments.set(orderId, [paymentOf(userId, { id: paymentId, captured: total })]);
    await purchase.buyer.requestRefund({ orderId, reason: secret });
    await environment.admin.rejectRefund({ orderId, reason: secret });
    await eventually(async () => {
      expect((await historyOf(purchase)).some((entry) => entry.startsWith("STOCK_COMMITTED"))).to.equal(true);
    });
    return purchase;
  }

  it("overwrites addresses, notes, reasons and payloads, and keeps money, states and times", async () => {
    const userId = newUser();
    const purchase = await placeRefunded(userId);
    const [before, historyBefore] = [await read(purchase), await historyOf(purchase)];
    const { erasedOrders } = await erase(userId);
    expect(erasedOrders).to.equal(1);
    const order = await read(purchase);
    expect(order.notes).to.equal("[erased]");
    expect(order.shippingAddress?.addressLines).to.deep.equal(["[erased]"]);
    expect(order.billingAddress?.recipients).to.deep.equal([]);
    expect(order.refund?.remark).to.equal("[erased]");
    expect(order).to.include({ status: before.status, version: before.version + 1n, cartId: "[erased]" });
    for (const sum of ["total", "captured", "refunded", "createdAt", "items"] as const)
      expect(order[sum]).to.deep.equal(before[sum]);
    const { events } = await environment.admin.listOrderEvents(purchase);
    expect((await historyOf(purchase)).slice(0, -1)).to.deep.equal(historyBefore);
    expect(events.at(-1)).to.include({ type: "PERSON_ERASED", reason: "requested by letter" });
    for (const { reason, payload } of events.slice(0, -1)) {
      expect(reason).to.be.oneOf(["", "[erased]"]);
      // The amount is a column of its own, and stays.
      const details = Object.keys(payload ?? { erased: true }).filter(
        (name) => !/^(amount|currency)$/.test(name),
      );
      expect(details).to.deep.equal(["erased"]);
    }
    const rows = await environment.query(`
      SELECT to_jsonb(o)::text FROM orders o UNION ALL SELECT to_jsonb(r)::text FROM order_refund r
      UNION ALL SELECT to_jsonb(e)::text FROM order_event e`);
    expect(JSON.stringify(rows)).not.to.include(secret);
    const { consistent, discrepancies } = await environment.admin.verifyOrder(purchase);
    expect(discrepancies).to.deep.equal([]);
    expect(consistent).to.equal(true);
  });

  it("erases nothing twice, what has come since, and nothing of others", async () => {
    const [userId, other] = [newUser(), newUser()];
    const [purchase, ofOther] = [await placeRefunded(userId), await placeRefunded(other)];
    await erase(userId);
    expect((await erase(userId)).erasedOrders).to.equal(0);
    expect((await read(ofOther)).notes).to.equal(secret);
    await purchase.buyer.requestRefund({ orderId: purchase.orderId, reason: secret });
    expect((await erase(userId)).erasedOrders).to.equal(1);
    expect((await read(purchase)).refund?.reason).to.equal("[erased]");
    expect((await erase(newUser())).erasedOrders).to.equal(0);
  });

  it("erases more orders than one commit has", async () => {
    const userId = newUser();
    const { orderId } = await placeRefunded(userId);
    await environment.query(
      `INSERT INTO orders (id, user_id, status, currency, total_minor, version, details, created_at, updated_at, expires_at)
       SELECT gen_random_uuid(), user_id, 'CREATED', currency, total_minor, 1, details, created_at, updated_at, expires_at
         FROM orders, generate_series(1, 119) WHERE id = $1`,
      [orderId],
    );
    expect((await erase(userId)).erasedOrders).to.equal(120);
    const left = await environment.query(
      `SELECT 1 FROM orders WHERE user_id = $1 AND details->>'notes' = $2`,
      [userId, secret],
    );
    expect(left).to.deep.equal([]);
  });

  it("overwrites the carrier and the tracking number", async () => {
    const userId = newUser();
    const purchase = await environment.beginAndPay(
      await environment.placeLines([productLine(newProduct())], userId, { shippingAddress: berlin }),
    );
    const { orderId } = purchase;
    const move = (status: OrderStatus, more: object = {}) =>
      environment.platform.updateOrderStatus({ orderId, status, ...more });
    await move(OrderStatus.READY_TO_SHIP);
    await move(OrderStatus.SHIPPED, { carrier: secret, trackingNumber: secret });
    await erase(userId);
    const { carrier, trackingNumber } = await read(purchase);
    expect([carrier, trackingNumber]).to.deep.equal(["[erased]", "[erased]"]);
    const rows = await environment.query(`SELECT to_jsonb(o)::text FROM orders o WHERE id = $1`, [orderId]);
    expect(JSON.stringify(rows)).not.to.include(secret);
  });

  it("overwrites the free text of events that wait or could not be handled", async () => {
    const userId = newUser();
    const { orderId } = await placeRefunded(userId);
    const body = `{"orderId":"${orderId}","amount":10.50,"failureReason":"${secret}","failureCode":"x"}`;
    await environment.query(
      `INSERT INTO dead_letter (id, consumer_group, event_id, topic, key, headers, value, reason, tries, first_seen_at,
                                last_seen_at)
       VALUES (gen_random_uuid(), 'till-order', $1, 'payment.events', $2, $3, $4, $5, 1, now(), now())`,
      [v7(), orderId, { ce_type: "payment.failed" }, body, `no ${secret}`],
    );
    await environment.query(
      `INSERT INTO parked_event (consumer_group, event_id, topic, key, headers, value, reason, tries, next_try_at)
       VALUES ('other', $1, 'payment.events', $2, $3, $4, 'early', 1, now())`,
      [v7(), orderId, { ce_type: "no.such" }, `not JSON: ${secret}`],
    );
    await erase(userId);
    const rows = await environment.query(
      `SELECT value, reason FROM dead_letter WHERE key = $1 UNION ALL SELECT value, reason FROM parked_event WHERE key = $1`,
      [orderId],
    );
    expect(rows).to.have.deep.members([
      { value: body.replace(secret, "[erased]"), reason: "[erased]" },
      { value: '{"erased":"[erased]"}', reason: "early" },
    ]);
    expect((await erase(userId)).erasedOrders, "nothing twice").to.equal(0);
  });

  it("returns the first response to a repeat of its key, which erases nothing again, and records who erased", async () => {
    const userId = newUser();
    const purchase = await placeRefunded(userId);
    const request = { userId, reason: "requested by letter", idempotencyKey: v7() };
    expect((await environment.admin.erasePerson(request)).erasedOrders).to.equal(1);
    await purchase.buyer.requestRefund({ orderId: purchase.orderId, reason: secret });
    expect((await environment.admin.erasePerson(request)).erasedOrders).to.equal(1);
    expect((await read(purchase)).refund?.reason).to.equal(secret);
    const reused = environment.admin.erasePerson({ ...request, userId: newUser() });
    expect(await rejectionReason(reused)).to.equal("IDEMPOTENCY_KEY_REUSED");
    const [job] = await environment.query(`SELECT kind, actor, input, result FROM job WHERE key = $1`, [
      request.idempotencyKey,
    ]);
    expect(job).to.deep.include({
      kind: "ERASE_PERSON",
      input: { userId, reason: "requested by letter" },
      result: { erasedOrders: 1 },
    });
    expect(String(job!.actor)).to.match(/^admin:/);
  });

  it("is finished by the recovery worker after a crash, and then published for others once", async () => {
    const userId = newUser();
    const purchase = await placeRefunded(userId);
    const request = { userId, reason: "requested by letter", idempotencyKey: v7() };
    await environment.admin.erasePerson(request);
    const published = () => environment.eventDataOf({ orderId: userId }, "person.erased");
    expect(await published()).to.have.lengthOf(1);
    await purchase.buyer.requestRefund({ orderId: purchase.orderId, reason: secret });
    // As a process leaves it that has erased the first batch and crashes.
    await environment.query(
      `UPDATE job SET result = NULL, finished_at = NULL, progress = '{"erasedOrders": 1}', lease_expires_at = now()
        WHERE key = $1`,
      [request.idempotencyKey],
    );
    await eventually(async () => expect((await read(purchase)).refund?.reason).to.equal("[erased]"));
    await eventually(async () =>
      expect((await environment.admin.erasePerson(request)).erasedOrders).to.equal(2),
    );
    const [, again] = await published();
    expect(again).to.include({ userId });
  });

  it("is for admins, and the history stays closed to any other change", async () => {
    const userId = newUser();
    const purchase = await placeRefunded(userId);
    const request = { userId, reason: "mine", idempotencyKey: v7() };
    for (const client of [purchase.buyer, environment.platform])
      expect(await rejectionReason(client.erasePerson(request))).to.equal("PERMISSION_DENIED");
    const change = environment.query(
      `DO $$ BEGIN PERFORM set_config('till.erasure', 'on', true); UPDATE order_event SET actor = 'x'; END $$`,
    );
    expect(await change.then(String, String)).to.include("append-only");
  });
});
