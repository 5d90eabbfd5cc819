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
    expect(order).to.include({ status: before.status, version: before.version + 1n, cartId: "cart-1" });
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
