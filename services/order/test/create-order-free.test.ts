import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { BookingStatus } from "@till/gen/till/session/v1/session_service_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { rejectionReason } from "../../../test/support/failure-of.ts";
import {
  berlin,
  courseLine,
  eur,
  newCourse,
  newProduct,
  newSession,
  newUser,
  productLine,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import { type PaymentStub, startPaymentStub } from "./support/payment-stub.ts";
import {
  historyOf,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "./support/purchases.ts";
import { seatsTaken, unitsOf } from "./support/stock-and-seats.ts";

describe("CreateOrder for nothing", () => {
  let environment: PurchaseEnvironment;
  let paymentStub: PaymentStub;
  before(async () => {
    paymentStub = await startPaymentStub();
    const env = { TILL_ALLOW_FREE_ORDERS: "on", TILL_PAYMENT_ADDRESS: paymentStub.address };
    environment = await startPurchaseEnvironment({ env });
  });
  after(async () => {
    await environment.stop();
    await paymentStub.stop();
  });

  it("is PAID at once, with its stock committed, its seats confirmed and its events published", async () => {
    const [course, session, product] = [newCourse(), newSession(), newProduct()];
    for (const id of [course, session, product]) await makeFree(environment, id);
    const userId = newUser();
    const items = [courseLine(course), sessionLine(session, 2), productLine(product, 3)];
    const purchase = await environment.placeLines(items, userId, { shippingAddress: berlin });
    const order = await read(purchase);
    expect(order).to.include({ status: OrderStatus.PAID, version: order.version, paymentId: "" });
    expect([order.total, order.captured]).to.deep.equal([order.captured, order.total]);
    expect((await historyOf(purchase)).slice(0, 3)).to.deep.equal([
      "ORDER_CREATED > CREATED",
      "INVENTORY_RESERVED > CREATED",
      "FREE > PAID",
    ]);
    await eventually(async () => {
      expect(await unitsOf(environment, product)).to.deep.equal([999_997, 0, 3]);
    });
    expect(await seatsTaken(environment, session)).to.equal(2);
    const { bookings } = await environment.sessionsAs(userId).listBookings({});
    expect(bookings.map(({ status }) => status)).to.deep.equal([BookingStatus.CONFIRMED]);
    const [confirmed] = await environment.eventDataOf(purchase, "order.confirmed");
    expect(confirmed).to.include({ status: "confirmed", amount: 0, currency: "EUR" });
    expect(confirmed).not.to.have.property("paymentId");
    expect(confirmed?.courseIds).to.deep.equal([course]);
    const { consistent } = await environment.admin.verifyOrder({ orderId: purchase.orderId });
    expect(consistent).to.equal(true);
  });

  it("cannot be paid or refunded, and can be cancelled, which ends the access to its courses", async () => {
    const course = newCourse();
    await makeFree(environment, course);
    const purchase = await environment.place([course]);
    const { orderId, userId, buyer, paymentId } = purchase;
    const payment = { orderId, paymentId, userId, amount: eur(0) };
    expect(await rejectionReason(environment.platform.beginPayment(payment))).to.equal("ORDER_NOT_PAYABLE");
    const refund = buyer.requestRefund({ orderId, reason: "no" });
    expect(await rejectionReason(refund)).to.equal("ILLEGAL_TRANSITION");
    expect(await statusOf(buyer.cancelOrder({ orderId }))).to.equal("CANCELLED");
    const [cancelled] = await environment.eventDataOf(purchase, "order.cancelled");
    expect(cancelled).to.deep.include({ captured: 0, revokedCourseIds: [course] });
    expect(await statusOf(purchase)).to.equal("CANCELLED");
    expect((await environment.admin.verifyOrder({ orderId })).consistent).to.equal(true);
  });

  it("is replayed under its key, and takes a course once", async () => {
    const course = newCourse();
    await makeFree(environment, course);
    const client = environment.as(newUser());
    const request = { items: [courseLine(course)], idempotencyKey: v7() };
    const first = await client.createOrder(request);
    const second = await client.createOrder(request);
    expect([second.idempotentReplay, second.order?.id]).to.deep.equal([true, first.order?.id]);
    const again = client.createOrder({ ...request, idempotencyKey: v7() });
    expect(await rejectionReason(again)).to.equal("ALREADY_PURCHASED");
  });
});

describe("CreateOrder for nothing, where free orders are off", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment()));
  after(() => environment.stop());

  it("is rejected with ORDER_NOT_PAYABLE", async () => {
    const course = newCourse();
    await makeFree(environment, course);
    expect(await rejectionReason(environment.place([course]))).to.equal("ORDER_NOT_PAYABLE");
  });
});

async function makeFree({ sandbox }: PurchaseEnvironment, id: string): Promise<void> {
  const response = await fetch(`${sandbox.url}/catalog/${id}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ price: "0.00" }),
  });
  if (!response.ok) throw new Error(await response.text());
}
