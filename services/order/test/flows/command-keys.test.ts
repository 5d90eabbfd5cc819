import { Code } from "@connectrpc/connect";
import { expect } from "chai";
import { reasonOf as reasonIn } from "@till/rpc/errors";
import { v7 } from "uuid";
import { orderWorld } from "../support/order-world.ts";
import { clientOf, commands } from "../support/commands.ts";
import {
  eur,
  read,
  reasonOf,
  refusalOf,
  statusOf,
  storyWorld,
  type StoryWorld,
} from "../support/flow-world.ts";

describe("Commands and their idempotency keys", () => {
  let till: StoryWorld;
  before(async () => (till = await storyWorld({ env: { TILL_SWEEP_MS: "3600000" } })));
  after(() => till.stop());

  for (const { rpc, by, order, call } of commands) {
    it(`${rpc} repeated with its key changes nothing and says that it is a replay`, async () => {
      const tale = await order(till);
      const client = clientOf(till, tale, by);
      const ask = { orderId: tale.orderId, idempotencyKey: v7() };
      const trailers: (string | null)[] = [];
      const onTrailer = (trailer: Headers) => trailers.push(trailer.get("idempotent-replay"));
      const first = await call(client, ask, { onTrailer });
      const second = await call(client, ask, { onTrailer });
      expect(second.order).to.deep.equal(first.order);
      expect(trailers).to.deep.equal([null, "true"]);
    });

    it(`${rpc} refuses a key that was used for another order`, async () => {
      const tale = await order(till);
      const other = await order(till, tale.userId);
      const client = clientOf(till, tale, by);
      const idempotencyKey = v7();
      await call(client, { orderId: tale.orderId, idempotencyKey });
      const before = await read(other);
      const { code, reason } = await refusalOf(call(client, { orderId: other.orderId, idempotencyKey }));
      expect([code, reason]).to.deep.equal([Code.AlreadyExists, "IDEMPOTENCY_KEY_REUSED"]);
      expect(await read(other)).to.deep.equal(before);
    });

    it(`${rpc} at once, 20 times under one key, has one effect`, async () => {
      const tale = await order(till);
      const before = await read(tale);
      const client = clientOf(till, tale, by);
      const ask = { orderId: tale.orderId, idempotencyKey: v7() };
      await Promise.all(Array.from({ length: 20 }, () => call(client, ask)));
      expect((await read(tale)).version).to.equal(before.version + 1n);
    });
  }

  it("a key that placed an order is not good for cancelling it", async () => {
    const tale = await till.place();
    const [row] = await till.rows("SELECT key FROM idempotency_key WHERE order_id = $1", [tale.orderId]);
    const ask = { orderId: tale.orderId, idempotencyKey: String(row?.key) };
    expect(await reasonOf(tale.buyer.cancelOrder(ask))).to.equal("IDEMPOTENCY_KEY_REUSED");
    expect(await statusOf(tale)).to.equal("CREATED");
  });

  it("one key for many orders at once, through two replicas, has an effect on one of them", async () => {
    const { userId } = await till.place();
    const tales = await Promise.all(Array.from({ length: 12 }, () => till.place(undefined, userId)));
    const replica = await orderWorld({ env: { DATABASE_URL: till.databaseUrl } });
    try {
      const doors = [till.as(userId), replica.as(userId)];
      const idempotencyKey = v7();
      const calls = tales.map(({ orderId }, index) =>
        doors[index % 2]!.cancelOrder({ orderId, idempotencyKey }).then(
          () => "cancelled",
          (error: unknown) => reasonIn(error),
        ),
      );
      const outcomes = (await Promise.all(calls)).toSorted();
      expect(outcomes).to.deep.equal([...Array<string>(11).fill("IDEMPOTENCY_KEY_REUSED"), "cancelled"]);
    } finally {
      await replica.stop();
    }
    const { orders } = await till.as(userId).listOrders({ statuses: ["CANCELLED"] });
    expect(orders).to.have.lengthOf(1);
  });

  it("one command from many callers at once, without any key, has one effect", async () => {
    const tale = await till.placePaid();
    const cancel = (index: number) =>
      (index % 2 ? tale.buyer : till.admin).cancelOrder({ orderId: tale.orderId });
    await Promise.all(Array.from({ length: 20 }, (_, index) => cancel(index)));
    expect(await till.bodiesOf(tale, "order.cancelled")).to.have.lengthOf(1);
  });

  it("the same key with another reason is another request", async () => {
    const tale = await till.place();
    const ask = { orderId: tale.orderId, idempotencyKey: v7() };
    await tale.buyer.cancelOrder({ ...ask, reason: "one" });
    const again = tale.buyer.cancelOrder({ ...ask, reason: "two" });
    expect(await reasonOf(again)).to.equal("IDEMPOTENCY_KEY_REUSED");
  });

  it("the same key for another payment is another request; without any key a payment may ask again", async () => {
    const tale = await till.place();
    const { orderId, userId, paymentId } = tale;
    const ask = { orderId, userId, amount: eur(10), idempotencyKey: v7() };
    const { order } = await till.platform.beginPayment({ ...ask, paymentId });
    const other = till.platform.beginPayment({ ...ask, paymentId: v7() });
    expect(await reasonOf(other)).to.equal("IDEMPOTENCY_KEY_REUSED");
    expect((await till.begin(tale)).order).to.deep.equal(order);
  });

  it("a key that let a payment through lets it through no more once the payment has ended", async () => {
    const tale = await till.place();
    const { orderId, userId, paymentId } = tale;
    const ask = { orderId, userId, paymentId, amount: eur(10), idempotencyKey: v7() };
    await till.platform.beginPayment(ask);
    await till.decline(tale);
    expect(await reasonOf(till.platform.beginPayment(ask))).to.equal("ORDER_NOT_PAYABLE");
    await till.begin(tale, v7());
    expect(await reasonOf(till.platform.beginPayment(ask))).to.equal("PAYMENT_IN_PROGRESS");
  });

  it("a key belongs to its caller, and comes from metadata as well", async () => {
    const tale = await till.placePaid();
    const key = v7();
    const headers = { "idempotency-key": key };
    await tale.buyer.requestRefund({ orderId: tale.orderId, reason: "x" }, { headers });
    const again = tale.buyer.requestRefund({ orderId: tale.orderId, reason: "y", idempotencyKey: key });
    expect(await reasonOf(again)).to.equal("IDEMPOTENCY_KEY_REUSED");
    const approved = till.admin.approveRefund({ orderId: tale.orderId, idempotencyKey: key });
    expect(await statusOf(approved)).to.equal("REFUND_PENDING");
  });

  it("a replay answers the order as it stands by now, not as it stood", async () => {
    const tale = await till.placePaid();
    const ask = { orderId: tale.orderId, reason: "x", idempotencyKey: v7() };
    await tale.buyer.requestRefund(ask);
    await tale.buyer.closeRefund({ orderId: tale.orderId });
    expect(await statusOf(tale.buyer.requestRefund(ask))).to.equal("PAID");
  });

  it("a refused command leaves its key free", async () => {
    const tale = await till.place();
    const ask = { orderId: tale.orderId, reason: "x", idempotencyKey: v7() };
    expect(await reasonOf(tale.buyer.requestRefund(ask))).to.equal("ILLEGAL_TRANSITION");
    await till.pay(tale);
    expect(await statusOf(tale.buyer.requestRefund(ask))).to.equal("REFUND_REQUESTED");
  });
});
