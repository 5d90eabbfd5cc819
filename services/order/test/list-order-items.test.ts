import { Code } from "@connectrpc/connect";
import { ItemKind } from "@till/gen/till/order/v1/order_pb";
import { reasonOf } from "@till/rpc/errors";
import { expect } from "chai";
import { v7 } from "uuid";
import { failureOf } from "../../../test/support/failure-of.ts";
import {
  bo,
  clinic,
  course,
  courseLine,
  eur,
  newCourse,
  newProduct,
  newSession,
  newUser,
  otherCourse,
  paymentService,
  productLine,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import { withoutRecovery } from "./support/fixtures.ts";
import { type PurchaseEnvironment, read, startPurchaseEnvironment } from "./support/purchases.ts";
import { placeOrder } from "./support/stock-and-seats.ts";

describe("ListOrderItems", () => {
  let environment: PurchaseEnvironment;
  before(async () => (environment = await startPurchaseEnvironment({ env: withoutRecovery })));
  after(() => environment.stop());

  it("returns the lines in the requested order, to everybody who may read the order", async () => {
    const user = newUser();
    const course = newCourse();
    const order = await environment.placeItems(user, { courseId: course }, { sessionId: clinic });
    for (const client of [
      environment.as(user),
      environment.as(bo, "admin"),
      environment.as(paymentService, "service"),
    ]) {
      const { items } = await client.listOrderItems({ orderId: order.id.toUpperCase() });
      expect(items.map(({ kind, item, quantity }) => [kind, item.value, quantity])).to.deep.equal([
        [ItemKind.DIGITAL_COURSE, course, 1],
        [ItemKind.SESSION, clinic, 2],
      ]);
    }
  });

  it("returns each line's price and subtotal, which make up the total", async () => {
    const purchase = await environment.place([course, otherCourse]);
    const { items } = await purchase.buyer.listOrderItems(purchase);
    expect(
      items.map(({ quantity, unitPrice, subtotal }) => [quantity, unitPrice?.units, subtotal?.nanos]),
    ).to.deep.equal([
      [1, 49n, 0],
      [1, 19n, 900_000_000],
    ]);
    expect((await read(purchase)).total).to.include(eur(68.9));
  });

  it("returns the offer of which each price was taken, as it was when the order was created", async () => {
    const [course, session, product] = [newCourse(), newSession(), newProduct()];
    const lines = [courseLine(course), sessionLine(session, 2), productLine(product, 3)];
    const user = newUser();
    const client = environment.as(user);
    const { order } = await placeOrder(client, lines);
    const seat = order!.items[1]!;
    const to = newSession();
    await environment.sessionsAs(user).rescheduleBooking({ bookingId: seat.id, sessionId: to });
    const { items } = await client.listOrderItems({ orderId: order!.id });
    const snapshots = items.map(({ priceSnapshot }) => priceSnapshot!);
    expect(snapshots.map(({ offerId }) => offerId)).to.deep.equal(["", "", `offer-${product}`]);
    expect(snapshots.map(({ title }) => title)).to.deep.equal(order!.items.map(({ name }) => name));
    snapshots.forEach(({ unitPrice, capturedAt }, index) => {
      expect(unitPrice).to.deep.equal(order!.items[index]!.unitPrice);
      expect(capturedAt).to.deep.equal(order!.createdAt);
    });
    const read = await client.getOrder({ orderId: order!.id });
    expect(read.order?.items.map(({ priceSnapshot }) => priceSnapshot)).to.deep.equal(snapshots);
  });

  it("rejects another user's order and one that does not exist", async () => {
    const order = await environment.placeItems(newUser(), { courseId: newCourse() });
    for (const orderId of [order.id, v7()]) {
      const error = await failureOf(environment.as(bo).listOrderItems({ orderId }));
      expect([error.code, reasonOf(error)]).to.deep.equal([Code.NotFound, "ORDER_NOT_FOUND"]);
    }
    const error = await failureOf(environment.as(bo).listOrderItems({ orderId: "x' OR 1=1" }));
    expect(reasonOf(error)).to.equal("INVALID_ARGUMENT");
  });
});
