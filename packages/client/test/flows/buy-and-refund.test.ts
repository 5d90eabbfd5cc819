import { expect } from "chai";
import { course, newUser, otherCourse } from "../../../../test/support/fixtures.ts";
import { all, startClientSystem, type ClientSystem } from "../support/client-system.ts";

describe("A buyer's way through the client", () => {
  let system: ClientSystem;
  before(async () => (system = await startClientSystem()));
  after(() => system.stop());

  it("creates, pays and watches an order, and gets its money refunded", async () => {
    const user = newUser();
    const buyer = system.as(user);
    const admin = system.as("ops", "admin");
    const items = [{ courseId: course }, { courseId: otherCourse }];
    const created = await buyer.orders.create({ items, notes: "for the evenings" });
    expect(created).to.include({ userId: user, status: "CREATED", version: 1, idempotentReplay: false });
    expect(created.total).to.deep.equal({ currency: "EUR", amount: "68.90" });
    expect(created.items.map(({ courseId, paid }) => [courseId, paid.amount])).to.deep.equal([
      [course, "49.00"],
      [otherCourse, "19.90"],
    ]);

    const statuses = all(buyer.orders.watch(created.id, { until: ["PAID"] }));
    const payment = await buyer.payments.process({
      orderId: created.id,
      amount: created.total,
      paymentToken: "tok_approve",
    });
    expect(payment).to.include({ status: "PROCESSED", orderId: created.id });
    expect((await statuses).map(({ kind, status }) => `${kind} ${status}`)).to.include("event PAID");

    const { order: paid, actions } = await buyer.orders.explain(created.id);
    expect(paid.captured).to.deep.equal(created.total);
    expect(actions.find(({ rpc }) => rpc === "RequestRefund")).to.include({ allowed: true });
    expect(actions.find(({ rpc }) => rpc === "ApproveRefund")).to.include({ reason: "PERMISSION_DENIED" });

    await buyer.orders.requestRefund(created.id, { reason: "too hard" });
    const [, second] = created.items;
    const part = { itemId: second!.id, amount: second!.paid };
    await admin.orders.approveRefund(created.id, { items: [part] });
    await all(buyer.orders.watch(created.id, { until: ["PAID"] }));
    const refunded = await buyer.orders.get(created.id);
    expect(refunded).to.include({ status: "PAID", refundStatus: "PARTIAL" });
    expect(refunded.refunded).to.deep.equal({ currency: "EUR", amount: "19.90" });
    const [refund] = (await buyer.payments.get(payment.id)).refunds;
    expect(refund).to.include({ status: "SUCCEEDED", paymentId: payment.id });

    const history = await all(buyer.orders.events(created.id, { pageSize: 2 }));
    expect(history.map(({ type }) => type)).to.include.members(["ORDER_CREATED", "PAYMENT_SUCCEEDED"]);
    expect(history[0]!.createdAt).to.be.an.instanceOf(Date);
    expect((await admin.orders.verify(created.id)).consistent).to.equal(true);
  });

  it("ends a watch by itself once a cancelled order has no money left to refund", async () => {
    const buyer = system.as();
    const { id, total } = await buyer.orders.create({ items: [{ courseId: course }] });
    await buyer.payments.process({ orderId: id, amount: total, paymentToken: "tok_approve" });
    await all(buyer.orders.watch(id, { until: ["PAID"] }));
    const updates = all(buyer.orders.watch(id));
    await buyer.orders.cancel(id, { reason: "changed my mind" });
    expect((await updates).at(-1)).to.include({ status: "REFUNDED" });
    const again = await all(buyer.orders.watch(id));
    expect(again.map(({ kind, status }) => `${kind} ${status}`)).to.deep.equal(["snapshot REFUNDED"]);
  });

  it("authorizes, captures in parts and refunds a part", async () => {
    const user = newUser();
    const [buyer, shop] = [system.as(user), system.as("shop", "service")];
    const { id: orderId, total } = await buyer.orders.create({ items: [{ courseId: otherCourse }] });
    const { id } = await buyer.payments.authorize({ orderId, amount: total, paymentToken: "tok_approve" });
    const updates = all(buyer.payments.watch(id));
    const ten = { currency: "EUR", amount: "10" };
    expect(await shop.payments.capture(id, { amount: ten })).to.include({ status: "AUTHORIZED" });
    expect(await shop.payments.capture(id)).to.include({ status: "PROCESSED" });
    expect((await updates).at(-1)).to.include({ status: "PROCESSED" });
    const { refund, payment } = await shop.payments.refund(id, { amount: ten, reason: "goodwill" });
    expect(refund).to.deep.include({ amount: { currency: "EUR", amount: "10.00" }, reason: "goodwill" });
    expect(payment.captured).to.deep.equal(total);
    const [listed] = await all(buyer.payments.list({ orderId }));
    expect(listed).to.include({ id, status: "PARTIALLY_REFUNDED" });
  });

  it("stores cards, and charges the default one where a payment names none", async () => {
    const buyer = system.as();
    const card = await buyer.payments.methods.add({ paymentToken: "tok_approve" });
    expect(card).to.include({ isDefault: true });
    const { id: orderId, total: amount } = await buyer.orders.create({ items: [{ courseId: course }] });
    const payment = await buyer.payments.process({ orderId, amount });
    expect(payment).to.include({ status: "PROCESSED", paymentMethodId: card.id });
    await buyer.payments.methods.remove(card.id);
    expect(await buyer.payments.methods.list()).to.deep.equal([]);
  });
});
