import { Code } from "@connectrpc/connect";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { rejectionOf, rejectionReason } from "../../../test/support/failure-of.ts";
import { eur } from "../../../test/support/fixtures.ts";
import { clientOf, commands } from "./support/commands.ts";
import { withoutRecovery } from "./support/fixtures.ts";
import { startOrderEnvironment } from "./support/order-service.ts";
import { type PurchaseEnvironment, read, startPurchaseEnvironment, statusOf } from "./support/purchases.ts";

describe("Idempotency keys of commands", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment({ env: withoutRecovery })));
  after(() => environment.stop());

  for (const { rpc, by, place, call } of commands) {
    it(`${rpc} repeated with its key changes nothing and is marked as a replay`, async () => {
      const purchase = await place(environment);
      const client = clientOf(environment, purchase, by);
      const ask = { orderId: purchase.orderId, idempotencyKey: v7() };
      const trailers: (string | null)[] = [];
      const onTrailer = (trailer: Headers) => trailers.push(trailer.get("idempotent-replay"));
      const first = await call(client, ask, { onTrailer });
      const second = await call(client, ask, { onTrailer });
      expect(second.order).to.deep.equal(first.order);
      expect(trailers).to.deep.equal([null, "true"]);
    });

    it(`${rpc} rejects the key of a command on another order`, async () => {
      const purchase = await place(environment);
      const other = await place(environment, purchase.userId);
      const client = clientOf(environment, purchase, by);
      const idempotencyKey = v7();
      await call(client, { orderId: purchase.orderId, idempotencyKey });
      const before = await read(other);
      const { code, reason } = await rejectionOf(call(client, { orderId: other.orderId, idempotencyKey }));
      expect([code, reason]).to.deep.equal([Code.AlreadyExists, "IDEMPOTENCY_KEY_REUSED"]);
      expect(await read(other)).to.deep.equal(before);
    });

    it(`${rpc} has one effect of 20 concurrent calls under one key`, async () => {
      const purchase = await place(environment);
      const before = await read(purchase);
      const client = clientOf(environment, purchase, by);
      const ask = { orderId: purchase.orderId, idempotencyKey: v7() };
      await Promise.all(Array.from({ length: 20 }, () => call(client, ask)));
      expect((await read(purchase)).version).to.equal(before.version + 1n);
    });
  }

  it("the key of CreateOrder is rejected for CancelOrder", async () => {
    const purchase = await environment.place();
    const [row] = await environment.query("SELECT key FROM idempotency_key WHERE order_id = $1", [
      purchase.orderId,
    ]);
    const ask = { orderId: purchase.orderId, idempotencyKey: String(row?.key) };
    expect(await rejectionReason(purchase.buyer.cancelOrder(ask))).to.equal("IDEMPOTENCY_KEY_REUSED");
    expect(await statusOf(purchase)).to.equal("CREATED");
  });

  it("one key for many orders at once, through two replicas, cancels one of them", async () => {
    const { userId } = await environment.place();
    const purchases = await Promise.all(
      Array.from({ length: 12 }, () => environment.place(undefined, userId)),
    );
    const replica = await startOrderEnvironment({ env: { DATABASE_URL: environment.databaseUrl } });
    try {
      const clients = [environment.as(userId), replica.as(userId)];
      const idempotencyKey = v7();
      const calls = purchases.map(({ orderId }, index) =>
        clients[index % 2]!.cancelOrder({ orderId, idempotencyKey }).then(
          () => "cancelled",
          (error: unknown) => reasonOf(error),
        ),
      );
      const outcomes = (await Promise.all(calls)).toSorted();
      expect(outcomes).to.deep.equal([...Array<string>(11).fill("IDEMPOTENCY_KEY_REUSED"), "cancelled"]);
    } finally {
      await replica.stop();
    }
    const { orders } = await environment.as(userId).listOrders({ statuses: ["CANCELLED"] });
    expect(orders).to.have.lengthOf(1);
  });

  it("concurrent cancellations without a key have one effect", async () => {
    const purchase = await environment.placePaid();
    const cancel = (index: number) =>
      (index % 2 ? purchase.buyer : environment.admin).cancelOrder({ orderId: purchase.orderId });
    await Promise.all(Array.from({ length: 20 }, (_, index) => cancel(index)));
    expect(await environment.eventDataOf(purchase, "order.cancelled")).to.have.lengthOf(1);
  });

  it("the same key with another reason is rejected", async () => {
    const purchase = await environment.place();
    const ask = { orderId: purchase.orderId, idempotencyKey: v7() };
    await purchase.buyer.cancelOrder({ ...ask, reason: "one" });
    const again = purchase.buyer.cancelOrder({ ...ask, reason: "two" });
    expect(await rejectionReason(again)).to.equal("IDEMPOTENCY_KEY_REUSED");
  });

  it("BeginPayment with the same key and another payment is rejected, without a key is repeatable", async () => {
    const purchase = await environment.place();
    const { orderId, userId, paymentId } = purchase;
    const ask = { orderId, userId, amount: eur(10), idempotencyKey: v7() };
    const { order } = await environment.platform.beginPayment({ ...ask, paymentId });
    const other = environment.platform.beginPayment({ ...ask, paymentId: v7() });
    expect(await rejectionReason(other)).to.equal("IDEMPOTENCY_KEY_REUSED");
    expect((await environment.beginPayment(purchase)).order).to.deep.equal(order);
  });

  it("BeginPayment with its key admits the payment no more once the payment has ended", async () => {
    const purchase = await environment.place();
    const { orderId, userId, paymentId } = purchase;
    const ask = { orderId, userId, paymentId, amount: eur(10), idempotencyKey: v7() };
    await environment.platform.beginPayment(ask);
    await environment.decline(purchase);
    expect(await rejectionReason(environment.platform.beginPayment(ask))).to.equal("ORDER_NOT_PAYABLE");
    await environment.beginPayment(purchase, v7());
    expect(await rejectionReason(environment.platform.beginPayment(ask))).to.equal("PAYMENT_IN_PROGRESS");
  });

  it("a key belongs to its caller, and is taken from metadata as well", async () => {
    const purchase = await environment.placePaid();
    const key = v7();
    const headers = { "idempotency-key": key };
    await purchase.buyer.requestRefund({ orderId: purchase.orderId, reason: "x" }, { headers });
    const again = purchase.buyer.requestRefund({
      orderId: purchase.orderId,
      reason: "y",
      idempotencyKey: key,
    });
    expect(await rejectionReason(again)).to.equal("IDEMPOTENCY_KEY_REUSED");
    const approved = environment.admin.approveRefund({ orderId: purchase.orderId, idempotencyKey: key });
    expect(await statusOf(approved)).to.equal("REFUND_PENDING");
  });

  it("a replay returns the order in its current status", async () => {
    const purchase = await environment.placePaid();
    const ask = { orderId: purchase.orderId, reason: "x", idempotencyKey: v7() };
    await purchase.buyer.requestRefund(ask);
    await purchase.buyer.closeRefund({ orderId: purchase.orderId });
    expect(await statusOf(purchase.buyer.requestRefund(ask))).to.equal("PAID");
  });

  it("a rejected command leaves its key free", async () => {
    const purchase = await environment.place();
    const ask = { orderId: purchase.orderId, reason: "x", idempotencyKey: v7() };
    expect(await rejectionReason(purchase.buyer.requestRefund(ask))).to.equal("ILLEGAL_TRANSITION");
    await environment.pay(purchase);
    expect(await statusOf(purchase.buyer.requestRefund(ask))).to.equal("REFUND_REQUESTED");
  });
});
