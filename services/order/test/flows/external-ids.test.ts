import { BookingStatus } from "@till/gen/till/session/v1/session_service_pb";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { failureOf } from "../../../../test/support/failure-of.ts";
import {
  ada,
  berlin,
  courseLine,
  eur,
  newCourse,
  notebook,
  paymentService,
  productLine,
  sessionLine,
} from "../../../../test/support/fixtures.ts";
import { refund } from "../support/refunds.ts";
import {
  purchaseFrom,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
} from "../support/purchases.ts";

const user = "auth0|65f0c2";
const product = "prod-123";
const session = "yoga:2026-11-30";
const course = newCourse();

describe("an order of things whose ids are no UUIDs", () => {
  let till: PurchaseEnvironment;
  before(async () => (till = await startPurchaseEnvironment()));
  after(() => till.stop());

  const lines = () => [courseLine(course), sessionLine(session, 2), productLine(product, 3)];
  const create = (items: object[], more: object = {}) => {
    const request = { items, shippingAddress: berlin, idempotencyKey: v7(), ...more };
    return till.as(user).createOrder(request);
  };

  it("is created, paid, refunded and shown with the ids as they are", async () => {
    const { order } = await create(lines());
    expect(order).to.deep.include({ userId: user, total: { ...order!.total, ...eur(97.5) } });
    const purchase = purchaseFrom(order!, till.as(user));
    await till.beginAndPay(purchase);
    const paid = await read(purchase);
    expect(paid.status).to.equal(OrderStatus.PAID);
    expect(paid.items.map(({ item }) => item.value)).to.deep.equal([course, session, product]);
    const { order: bought } = await till.as(user).getUserCourseOrder({ courseId: course });
    expect(bought?.id).to.equal(purchase.orderId);
    const { bookings } = await till.sessionsAs(user).listBookings({ sessionId: session });
    expect(bookings[0]).to.deep.include({
      userId: user,
      sessionId: session,
      status: BookingStatus.CONFIRMED,
    });
    for (const filter of [{ courseId: course }, { sessionId: session }, { productId: product }]) {
      const { orders } = await till.as(paymentService, "service").listOrders({ userId: user, ...filter });
      expect(orders.map(({ id }) => id)).to.deep.equal([purchase.orderId]);
    }
    await refund(till, purchase);
    expect((await read(purchase)).status).to.equal(OrderStatus.REFUNDED);
    const events = await till.eventsOf(purchase);
    expect(events.every(({ data }) => (data as { userId: string }).userId === user)).to.equal(true);
  });

  it("is cancelled, and its seats and goods are free again", async () => {
    const { order } = await create([sessionLine(session), productLine(product)]);
    const { order: cancelled } = await till.as(user).cancelOrder({ orderId: order!.id });
    expect(cancelled?.status).to.equal(OrderStatus.CANCELLED);
    const [seats] = await till.query("SELECT taken FROM session_seats WHERE session_id = $1", [session]);
    expect(seats).to.deep.equal({ taken: 0 });
  });

  it("has a UUID among its ids in any case, and compares it in lower case", async () => {
    const purchase = await till.placeLines([productLine(notebook.toUpperCase())], ada.toUpperCase(), {
      shippingAddress: berlin,
      userId: ada.toUpperCase(),
    });
    const order = await read(purchase);
    expect([order.userId, order.items[0]?.item.value]).to.deep.equal([ada, notebook]);
    const { orders } = await till.as(ada).listOrders({ productId: notebook.toUpperCase() });
    expect(orders.map(({ id }) => id)).to.deep.equal([purchase.orderId]);
  });

  it("tells ids in another case apart where they are no UUIDs", async () => {
    const error = await failureOf(create([productLine(product.toUpperCase())]));
    expect(reasonOf(error)).to.equal("PRODUCT_NOT_FOUND");
  });

  for (const [what, id] of [
    ["nothing", ""],
    ["a blank", "a b"],
    ["129 characters", "x".repeat(129)],
    ["a letter outside ASCII", "prød"],
    ["a control character", "a\tb"],
    ["a NUL", "a\0b"],
  ] as const) {
    it(`rejects an id that is or has ${what}`, async () => {
      for (const item of [courseLine(id), sessionLine(id), productLine(id)])
        expect(reasonOf(await failureOf(create([item])))).to.equal("INVALID_ARGUMENT");
      if (id === "") return;
      const service = till.as(paymentService, "service");
      for (const filter of [{ userId: id }, { courseId: id }, { sessionId: id }, { productId: id }])
        expect(reasonOf(await failureOf(service.listOrders(filter)))).to.equal("INVALID_ARGUMENT");
    });
  }
});
