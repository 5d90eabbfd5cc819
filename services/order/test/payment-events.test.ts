import { Code } from "@connectrpc/connect";
import { CancelReason, OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf, rejectionReason } from "../../../test/support/failure-of.ts";
import { bo, course, courseLine, newUser, paymentService } from "../../../test/support/fixtures.ts";
import { withoutSweeps } from "./support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";

describe("Paying an order", () => {
  let environment: OrderEnvironment;
  let now = new Date();
  let user: string;
  // Nothing expires by itself here when the clock is set forward.
  before(async () => (environment = await startOrderEnvironment({ now: () => now, env: withoutSweeps })));
  after(() => environment.stop());
  beforeEach(() => {
    now = new Date();
    user = newUser();
  });

  const amount = { currencyCode: "EUR", units: 49n, nanos: 0 };

  async function place(): Promise<string> {
    const items = [courseLine(course)];
    const { order } = await environment.as(user).createOrder({ items, idempotencyKey: v7() });
    return order!.id;
  }
  const begin = (orderId: string, paymentId = v7(), more: object = {}) =>
    environment
      .as(paymentService, "service")
      .beginPayment({ orderId, paymentId, userId: user, amount, ...more });
  const processed = (orderId: string, paymentId: string, id = v7()) =>
    environment.publish(
      "payment.processed",
      orderId,
      { paymentId, orderId, userId: user, amount: 49, currency: "EUR" },
      id,
    );
  const failed = (orderId: string, paymentId: string, retryable = true) => {
    const failure = { failureCode: "insufficient_funds", failureReason: "no money", retryable };
    const data = { paymentId, orderId, userId: user, amount: 49, currency: "EUR", ...failure };
    return environment.publish("payment.failed", orderId, data);
  };
  const read = async (orderId: string) => (await environment.as(user).getOrder({ orderId })).order!;
  const story = async (orderId: string) =>
    (await environment.as(user).listOrderEvents({ orderId })).events.map(
      ({ type, to }) => `${type}>${OrderStatus[to]}`,
    );

  describe("BeginPayment", () => {
    it("takes the order's payment slot, and again for the same payment without any change", async () => {
      const orderId = await place();
      const paymentId = v7();
      const first = await begin(orderId, paymentId);
      expect(first.order).to.include({ status: OrderStatus.PAYMENT_PENDING, paymentId, version: 2n });
      const second = await begin(orderId, paymentId);
      expect(second.order?.version).to.equal(2n);
    });

    it("lets exactly one of 50 concurrent payments in", async () => {
      const orderId = await place();
      const calls = await Promise.allSettled(Array.from({ length: 50 }, () => begin(orderId)));
      const refused = calls.flatMap((call) => (call.status === "rejected" ? [reasonOf(call.reason)] : []));
      expect(refused).to.deep.equal(Array(49).fill("PAYMENT_IN_PROGRESS"));
    });

    it("refuses another amount, currency or payer, an unknown order and an expired one", async () => {
      const orderId = await place();
      expect(await rejectionReason(begin(orderId, v7(), { amount: { ...amount, units: 48n } }))).to.equal(
        "AMOUNT_MISMATCH",
      );
      expect(
        await rejectionReason(begin(orderId, v7(), { amount: { ...amount, currencyCode: "USD" } })),
      ).to.equal("CURRENCY_MISMATCH");
      expect(await rejectionReason(begin(orderId, v7(), { userId: bo }))).to.equal("PAYER_MISMATCH");
      expect(await rejectionReason(begin(v7()))).to.equal("ORDER_NOT_FOUND");
      now = new Date(Date.now() + 31 * 60_000);
      expect(await rejectionReason(begin(orderId))).to.equal("ORDER_NOT_PAYABLE");
      expect(await story(orderId)).to.deep.equal(["ORDER_CREATED>CREATED"]);
    });

    it("is for services alone", async () => {
      const request = { orderId: await place(), paymentId: v7(), userId: user, amount };
      const error = await failureOf(environment.as(user).beginPayment(request));
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.PermissionDenied, "PERMISSION_DENIED"]);
    });
  });

  describe("payment.processed", () => {
    it("makes the order PAID, and its history tells the story in order", async () => {
      const orderId = await place();
      const paymentId = v7();
      await begin(orderId, paymentId);
      await processed(orderId, paymentId);
      const order = await read(orderId);
      expect(order).to.include({ status: OrderStatus.PAID, paymentId });
      expect(order.captured).to.include(amount);
      expect(await story(orderId)).to.deep.equal([
        "ORDER_CREATED>CREATED",
        "PAYMENT_REQUESTED>PAYMENT_PENDING",
        "PAYMENT_SUCCEEDED>PAID",
      ]);
    });

    it("takes effect once, whether the event comes again or the payment is told of twice", async () => {
      const orderId = await place();
      const paymentId = v7();
      const eventId = v7();
      await Promise.all([processed(orderId, paymentId, eventId), processed(orderId, paymentId, eventId)]);
      await processed(orderId, paymentId);
      expect((await read(orderId)).version).to.equal(2n);
      const inbox = await environment.query("SELECT event_id FROM inbox WHERE event_id = $1", [eventId]);
      expect(inbox).to.have.lengthOf(1);
    });

    it("of a second payment for a paid order changes no status and is announced as late money", async () => {
      const orderId = await place();
      await processed(orderId, v7());
      await processed(orderId, v7());
      expect((await read(orderId)).status).to.equal(OrderStatus.PAID);
      expect((await story(orderId)).at(-1)).to.equal("LATE_PAYMENT>PAID");
    });

    it("of another amount goes to the dead letters and leaves the order as it was", async () => {
      const orderId = await place();
      const data = { paymentId: v7(), orderId, userId: user, amount: 48.99, currency: "EUR" };
      const eventId = v7();
      await environment.publish("payment.processed", orderId, data, eventId);
      const [letter] = await environment.query("SELECT reason FROM dead_letter WHERE event_id = $1", [
        eventId,
      ]);
      expect(letter?.reason).to.match(/total is 49\.00, not 48\.99/);
      expect((await read(orderId)).status).to.equal(OrderStatus.CREATED);
    });

    it("that comes before its order waits for it", async () => {
      const eventId = v7();
      const orderId = v7();
      const paymentId = v7();
      await processed(orderId, paymentId, eventId);
      const [parked] = await environment.query("SELECT reason FROM parked_event WHERE event_id = $1", [
        eventId,
      ]);
      expect(parked?.reason).to.include(orderId);
      const real = await place();
      await environment.query("UPDATE orders SET id = $2 WHERE id = $1", [real, orderId]);
      await environment.query("UPDATE order_items SET order_id = $2 WHERE order_id = $1", [real, orderId]);
      await environment.query("UPDATE parked_event SET next_try_at = now()");
      await eventually(async () => {
        const [row] = await environment.query("SELECT status FROM orders WHERE id = $1", [orderId]);
        expect(row?.status).to.equal("PAID");
      });
    });
  });

  describe("payment.failed", () => {
    it("leaves the order open for another attempt, which pays it", async () => {
      const orderId = await place();
      const [first, second] = [v7(), v7()];
      await begin(orderId, first);
      await failed(orderId, first);
      expect(await read(orderId)).to.include({
        status: OrderStatus.PAYMENT_FAILED,
        failedPayments: 1,
        paymentId: "",
      });
      await begin(orderId, second);
      await processed(orderId, second);
      expect(await read(orderId)).to.include({ status: OrderStatus.PAID, paymentId: second });
    });

    it("cancels the order at the third decline", async () => {
      const orderId = await place();
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const paymentId = v7();
        await begin(orderId, paymentId);
        await failed(orderId, paymentId);
      }
      expect(await read(orderId)).to.include({
        status: OrderStatus.CANCELLED,
        cancelReason: CancelReason.PAYMENT_FAILED,
      });
      const error = await failureOf(begin(orderId));
      expect(reasonOf(error)).to.equal("ORDER_NOT_PAYABLE");
    });

    it("cancels the order at once when the decline is final", async () => {
      const orderId = await place();
      const paymentId = v7();
      await begin(orderId, paymentId);
      await failed(orderId, paymentId, false);
      expect((await story(orderId)).slice(-2)).to.deep.equal([
        "PAYMENT_FAILED>PAYMENT_FAILED",
        "ORDER_CANCELED>CANCELLED",
      ]);
    });

    it("never moves an order that is paid, nor one whose slot another payment holds", async () => {
      const paid = await place();
      const paymentId = v7();
      await processed(paid, paymentId);
      await failed(paid, paymentId);
      expect((await read(paid)).status).to.equal(OrderStatus.PAID);
      user = newUser();
      const held = await place();
      await begin(held);
      await failed(held, v7());
      expect((await read(held)).status).to.equal(OrderStatus.PAYMENT_PENDING);
    });
  });

  describe("payment.voided", () => {
    const voided = (orderId: string, paymentId: string, capturedTotal: number) =>
      environment.publish("payment.voided", orderId, { paymentId, orderId, userId: user, capturedTotal });

    it("frees the slot, and another payment takes it", async () => {
      const orderId = await place();
      const [held, next] = [v7(), v7()];
      await begin(orderId, held);
      await voided(orderId, v7(), 0);
      expect((await read(orderId)).paymentId, "another payment's slot is not freed").to.equal(held);
      await voided(orderId, held, 0);
      expect(await read(orderId)).to.include({ status: OrderStatus.PAYMENT_PENDING, paymentId: "" });
      const { order } = await begin(orderId, next);
      expect(order).to.include({ status: OrderStatus.PAYMENT_PENDING, paymentId: next });
    });

    it("of one that was taken in part leaves it the slot, so that the part is not forgotten", async () => {
      const orderId = await place();
      const held = v7();
      await begin(orderId, held);
      await voided(orderId, held, 20);
      expect((await read(orderId)).paymentId).to.equal(held);
    });
  });

  it("money for a cancelled order is recorded as late and the order stays cancelled", async () => {
    const orderId = await place();
    const paymentId = v7();
    await begin(orderId, paymentId);
    await failed(orderId, paymentId, false);
    await processed(orderId, v7());
    expect((await read(orderId)).status).to.equal(OrderStatus.CANCELLED);
    expect((await story(orderId)).at(-1)).to.equal("LATE_PAYMENT>CANCELLED");
  });

  it("an event that nobody can read goes to the dead letters, and the next one is handled", async () => {
    const orderId = await place();
    const poison = v7();
    await environment.publish("payment.processed", orderId, { orderId: 7 }, poison);
    await processed(orderId, v7());
    expect((await read(orderId)).status).to.equal(OrderStatus.PAID);
    expect(
      await environment.query("SELECT 1 FROM dead_letter WHERE event_id = $1", [poison]),
    ).to.have.lengthOf(1);
  });
});
