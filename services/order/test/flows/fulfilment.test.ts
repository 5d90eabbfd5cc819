import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { eventually } from "../../../../test/support/eventually.ts";
import { rejectionOf, rejectionReason } from "../../../../test/support/failure-of.ts";
import {
  berlin,
  courseLine,
  eur,
  newCourse,
  notebook,
  productLine,
} from "../../../../test/support/fixtures.ts";
import { dayMs, withoutSweeps } from "../support/fixtures.ts";
import {
  historyOf,
  type Purchase,
  type PurchaseEnvironment,
  read,
  startPurchaseEnvironment,
  statusOf,
} from "../support/purchases.ts";
import { startOrderEnvironment } from "../support/order-service.ts";

type Step = "READY_TO_SHIP" | "SHIPPED" | "DELIVERED" | "COMPLETED" | "RETURNED";

describe("Fulfilment (S1.29-33, S4.12, C10, C11)", () => {
  let environment: PurchaseEnvironment;
  let now = new Date();
  before(async () => (environment = await startPurchaseEnvironment({ now: () => now, env: withoutSweeps })));
  beforeEach(() => (now = new Date()));
  after(() => environment.stop());

  const pass = (days: number) => (now = new Date(now.getTime() + days * dayMs));
  const step = ({ orderId }: Purchase, status: Step, more: object = {}) =>
    environment.platform.updateOrderStatus({ orderId, status: OrderStatus[status], ...more });
  const steps: readonly Step[] = ["READY_TO_SHIP", "SHIPPED", "DELIVERED"];

  /** An order of a product b1 at EUR 12.50, paid and brought so far. */
  async function brought(
    to?: Step,
    more: Parameters<PurchaseEnvironment["placeLines"]>[0] = [],
  ): Promise<Purchase> {
    const lines = [productLine(notebook), ...more];
    const purchase = await environment.beginAndPay(
      await environment.placeLines(lines, undefined, { shippingAddress: berlin }),
    );
    for (const status of to ? steps.slice(0, steps.indexOf(to) + 1) : []) await step(purchase, status);
    return purchase;
  }
  /** The history without what the inventory does meanwhile. */
  const movesOf = async (purchase: Purchase) =>
    (await historyOf(purchase)).filter((entry) => !/^(STOCK|INVENTORY)_/.test(entry));

  it("S4.12 goods go READY_TO_SHIP, SHIPPED, DELIVERED, each step told with what belongs to it", async () => {
    const purchase = await brought();
    await step(purchase, "READY_TO_SHIP");
    const { order: shipped } = await step(purchase, "SHIPPED", { carrier: "DHL", trackingNumber: "JD014" });
    expect(shipped).to.include({ carrier: "DHL", trackingNumber: "JD014", status: OrderStatus.SHIPPED });
    const { order: delivered } = await step(purchase, "DELIVERED");
    expect(delivered?.deliveredAt).to.deep.equal(delivered?.updatedAt);
    expect((await movesOf(purchase)).slice(2)).to.deep.equal([
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

  it("C11 no step is left out: goods are packed, sent and delivered before the order is COMPLETED", async () => {
    const purchase = await brought();
    for (const status of ["SHIPPED", "DELIVERED", "COMPLETED", "RETURNED"] as const)
      expect(await rejectionReason(step(purchase, status)), status).to.equal("ILLEGAL_TRANSITION");
    await step(purchase, "READY_TO_SHIP");
    const { metadata } = await rejectionOf(step(purchase, "DELIVERED"));
    expect(metadata).to.include({ from: "READY_TO_SHIP", to: "DELIVERED" });
    expect(metadata.allowed?.split(",")).to.include("SHIPPED");
  });

  it("C11 courses alone never see READY_TO_SHIP; goods beside them do", async () => {
    const digital = await environment.placePaid();
    expect(await rejectionReason(step(digital, "READY_TO_SHIP"))).to.equal("ILLEGAL_TRANSITION");
    expect(await statusOf(step(digital, "COMPLETED"))).to.equal("COMPLETED");
    const mixed = await brought(undefined, [courseLine(newCourse())]);
    expect(await statusOf(step(mixed, "READY_TO_SHIP"))).to.equal("READY_TO_SHIP");
  });

  it("C12 a step told twice changes nothing, and keeps the first parcel's number", async () => {
    const purchase = await brought("READY_TO_SHIP");
    await step(purchase, "SHIPPED", { carrier: "DHL", trackingNumber: "1" });
    expect((await step(purchase, "SHIPPED", { carrier: "UPS" })).order).to.include({ carrier: "DHL" });
    expect(await environment.eventDataOf(purchase, "order.shipped")).to.have.lengthOf(1);
  });

  it("C4 a packed order is cancelled with all its money back, a shipped one is not cancelled any more", async () => {
    const packed = await brought("READY_TO_SHIP");
    expect(await statusOf(packed.buyer.cancelOrder(packed))).to.equal("CANCELLED");
    await eventually(async () => (await statusOf(packed)) === "REFUND_PENDING");
    const shipped = await brought("SHIPPED");
    for (const client of [shipped.buyer, environment.admin])
      expect(await rejectionReason(client.cancelOrder({ orderId: shipped.orderId }))).to.equal(
        "ILLEGAL_TRANSITION",
      );
  });

  it("S1.30/32 a delivered order is returned, its refund begins by itself, and ends in REFUNDED", async () => {
    const purchase = await brought("DELIVERED");
    expect(await statusOf(step(purchase, "RETURNED", { reason: "wrong size" }))).to.equal("RETURNED");
    await eventually(async () => (await statusOf(purchase)) === "REFUND_PENDING");
    await environment.completeRefund(purchase);
    expect((await movesOf(purchase)).slice(-3)).to.deep.equal([
      "ORDER_RETURNED > RETURNED",
      "REFUND_STARTED > REFUND_PENDING",
      "PAYMENT_REFUNDED > REFUNDED",
    ]);
    expect(await environment.eventDataOf(purchase, "order.returned")).to.have.lengthOf(1);
  });

  it("S1.30 a parcel that comes back undelivered is returned, too", async () => {
    const purchase = await brought("SHIPPED");
    expect(await statusOf(step(purchase, "RETURNED"))).to.equal("RETURNED");
  });

  it("C10 goods are returned within 14 days of their delivery, and not after", async () => {
    const purchase = await brought("DELIVERED");
    pass(14);
    expect(await rejectionReason(step(purchase, "RETURNED"))).to.equal("RETURN_WINDOW_CLOSED");
    const ask = purchase.buyer.requestRefund({ orderId: purchase.orderId, reason: "x" });
    expect(await rejectionReason(ask)).to.equal("RETURN_WINDOW_CLOSED");
    expect(await statusOf(purchase)).to.equal("DELIVERED");
  });

  it("C10 a delivered order is COMPLETED by itself when its return window is over", async () => {
    const purchase = await brought("DELIVERED");
    const fresh = await brought("DELIVERED");
    pass(15);
    await environment.query("UPDATE orders SET delivered_at = $2 WHERE id = $1", [fresh.orderId, now]);
    // Another replica, as this one looks once a minute.
    const replica = await startOrderEnvironment({
      env: { DATABASE_URL: environment.databaseUrl },
      now: () => now,
    });
    await eventually(async () => (await statusOf(purchase)) === "COMPLETED").finally(() => replica.stop());
    const { events } = await purchase.buyer.listOrderEvents(purchase);
    expect(events.at(-1)).to.include({ actor: "worker:complete", type: "ORDER_COMPLETED" });
    expect(await statusOf(fresh)).to.equal("DELIVERED");
  });

  it("C5-C7 a refund is asked for on the way, and a part of it returns the order to where it was", async () => {
    for (const status of ["READY_TO_SHIP", "DELIVERED"] as const) {
      const purchase = await brought(status, [courseLine(newCourse())]);
      await purchase.buyer.requestRefund({ orderId: purchase.orderId, reason: "no course" });
      const items = [{ itemId: purchase.itemIds[1]!, amount: eur(10) }];
      const { order } = await environment.admin.approveRefund({ orderId: purchase.orderId, items });
      await environment.completeRefund(purchase, { amount: 10, orderRefundId: order!.refund!.id });
      expect(await statusOf(purchase)).to.equal(status);
    }
    const shipped = await brought("SHIPPED");
    const ask = shipped.buyer.requestRefund({ orderId: shipped.orderId, reason: "late" });
    expect(await rejectionReason(ask), "on its way").to.equal("ILLEGAL_TRANSITION");
  });

  it("C17 the steps are told by services and admins, never by the buyer", async () => {
    const purchase = await brought();
    const { orderId } = purchase;
    const own = purchase.buyer.updateOrderStatus({ orderId, status: OrderStatus.READY_TO_SHIP });
    expect(await rejectionReason(own)).to.equal("PERMISSION_DENIED");
    const ask = environment.admin.updateOrderStatus({ orderId, status: OrderStatus.READY_TO_SHIP });
    expect(await statusOf(ask)).to.equal("READY_TO_SHIP");
    expect((await read(purchase)).captured).to.include(eur(12.5));
  });
});
