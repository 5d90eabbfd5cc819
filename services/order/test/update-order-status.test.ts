import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { rejectionOf, rejectionReason } from "../../../test/support/failure-of.ts";
import { courseLine, eur, newCourse } from "../../../test/support/fixtures.ts";
import { dayMs, withoutRecovery } from "./support/fixtures.ts";
import { historyWithoutStock, moveTo, placePhysical } from "./support/fulfilment.ts";
import {
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "./support/purchases.ts";

describe("UpdateOrderStatus", () => {
  let environment: PurchaseEnvironment;
  let now = new Date();
  before(
    async () => (environment = await startPurchaseEnvironment({ now: () => now, env: withoutRecovery })),
  );
  beforeEach(() => (now = new Date()));
  after(() => environment.stop());

  const pass = (days: number) => (now = new Date(now.getTime() + days * dayMs));

  it("moves products to READY_TO_SHIP, SHIPPED and DELIVERED, and publishes each step with its details", async () => {
    const purchase = await placePhysical(environment);
    await moveTo(environment, purchase, "READY_TO_SHIP");
    const { order: shipped } = await moveTo(environment, purchase, "SHIPPED", {
      carrier: "DHL",
      trackingNumber: "JD014",
    });
    expect(shipped).to.include({ carrier: "DHL", trackingNumber: "JD014", status: OrderStatus.SHIPPED });
    const { order: delivered } = await moveTo(environment, purchase, "DELIVERED");
    expect(delivered?.deliveredAt).to.deep.equal(delivered?.updatedAt);
    expect((await historyWithoutStock(purchase)).slice(2)).to.deep.equal([
      "PAYMENT_SUCCEEDED > PAID",
      "ORDER_READY_TO_SHIP > READY_TO_SHIP",
      "ORDER_SHIPPED > SHIPPED",
      "ORDER_DELIVERED > DELIVERED",
    ]);
    const types = (await environment.eventsOf(purchase)).map(({ type }) => type);
    expect(types.filter((type) => type !== "order.status_changed").slice(-3)).to.deep.equal([
      "order.ready_to_ship",
      "order.shipped",
      "order.delivered",
    ]);
    const [body] = await environment.eventDataOf(purchase, "order.shipped");
    expect(body).to.include({ status: "shipped", carrier: "DHL", trackingNumber: "JD014" });
  });

  it("leaves no step out: products are packed, shipped and delivered before COMPLETED", async () => {
    const purchase = await placePhysical(environment);
    for (const status of ["SHIPPED", "DELIVERED", "COMPLETED", "RETURNED"] as const)
      expect(await rejectionReason(moveTo(environment, purchase, status)), status).to.equal(
        "ILLEGAL_TRANSITION",
      );
    await moveTo(environment, purchase, "READY_TO_SHIP");
    const { metadata } = await rejectionOf(moveTo(environment, purchase, "DELIVERED"));
    expect(metadata).to.include({ from: "READY_TO_SHIP", to: "DELIVERED" });
    expect(metadata.allowed?.split(",")).to.include("SHIPPED");
  });

  it("moves courses alone from PAID to COMPLETED, and to READY_TO_SHIP only with products", async () => {
    const digital = await environment.placePaid();
    expect(await rejectionReason(moveTo(environment, digital, "READY_TO_SHIP"))).to.equal(
      "ILLEGAL_TRANSITION",
    );
    expect(await statusOf(moveTo(environment, digital, "COMPLETED"))).to.equal("COMPLETED");
    const mixed = await placePhysical(environment, undefined, [courseLine(newCourse())]);
    expect(await statusOf(moveTo(environment, mixed, "READY_TO_SHIP"))).to.equal("READY_TO_SHIP");
  });

  it("completes an order that only a refund can leave", async () => {
    const purchase = await environment.placePaid();
    const { order } = await complete(purchase);
    expect(order?.status).to.equal(OrderStatus.COMPLETED);
    expect(order?.completedAt).to.deep.equal(order?.updatedAt);
    expect(await environment.eventDataOf(purchase, "order.completed")).to.have.lengthOf(1);
    expect(await rejectionReason(purchase.buyer.cancelOrder(purchase))).to.equal("ILLEGAL_TRANSITION");
    expect(await statusOf(purchase.buyer.requestRefund({ ...purchase, reason: "broken" }))).to.equal(
      "REFUND_REQUESTED",
    );
  });

  it("repeated changes nothing, and keeps the first tracking number", async () => {
    const purchase = await placePhysical(environment, "READY_TO_SHIP");
    await moveTo(environment, purchase, "SHIPPED", { carrier: "DHL", trackingNumber: "1" });
    expect((await moveTo(environment, purchase, "SHIPPED", { carrier: "UPS" })).order).to.include({
      carrier: "DHL",
    });
    expect(await environment.eventDataOf(purchase, "order.shipped")).to.have.lengthOf(1);
  });

  it("returns a parcel that could not be delivered", async () => {
    const purchase = await placePhysical(environment, "SHIPPED");
    expect(await statusOf(moveTo(environment, purchase, "RETURNED"))).to.equal("RETURNED");
  });

  it("returns products within 14 days of their delivery, and not after", async () => {
    const purchase = await placePhysical(environment, "DELIVERED");
    pass(14);
    expect(await rejectionReason(moveTo(environment, purchase, "RETURNED"))).to.equal("RETURN_WINDOW_CLOSED");
    const ask = purchase.buyer.requestRefund({ orderId: purchase.orderId, reason: "x" });
    expect(await rejectionReason(ask)).to.equal("RETURN_WINDOW_CLOSED");
    expect(await statusOf(purchase)).to.equal("DELIVERED");
  });

  it("is for services and admins, never for the buyer", async () => {
    const purchase = await placePhysical(environment);
    const { orderId } = purchase;
    const own = purchase.buyer.updateOrderStatus({ orderId, status: OrderStatus.READY_TO_SHIP });
    expect(await rejectionReason(own)).to.equal("PERMISSION_DENIED");
    const ask = environment.admin.updateOrderStatus({ orderId, status: OrderStatus.READY_TO_SHIP });
    expect(await statusOf(ask)).to.equal("READY_TO_SHIP");
    expect((await read(purchase)).captured).to.include(eur(12.5));
  });

  const complete = ({ orderId }: Purchase) =>
    environment.platform.updateOrderStatus({ orderId, status: OrderStatus.COMPLETED });
});
