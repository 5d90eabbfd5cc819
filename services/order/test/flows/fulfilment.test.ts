import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { eventually } from "../../../../test/support/eventually.ts";
import { anyCourse, orderWorld } from "../support/order-world.ts";
import { courseLine, home, notebook, productLine } from "../support/shopping.ts";
import {
  eur,
  historyOf,
  read,
  reasonOf,
  refusalOf,
  statusOf,
  storyWorld,
  type StoryWorld,
  type Tale,
} from "../support/flow-world.ts";

const day = 24 * 60 * 60_000;
type Step = "READY_TO_SHIP" | "SHIPPED" | "DELIVERED" | "COMPLETED" | "RETURNED";

describe("Fulfilment (S1.29-33, S4.12, C10, C11)", () => {
  let till: StoryWorld;
  let now = new Date();
  before(async () => (till = await storyWorld({ now: () => now, env: { TILL_SWEEP_MS: "3600000" } })));
  beforeEach(() => (now = new Date()));
  after(() => till.stop());

  const pass = (days: number) => (now = new Date(now.getTime() + days * day));
  const step = ({ orderId }: Tale, status: Step, more: object = {}) =>
    till.platform.updateOrderStatus({ orderId, status: OrderStatus[status], ...more });
  const steps: readonly Step[] = ["READY_TO_SHIP", "SHIPPED", "DELIVERED"];

  /** An order of a product b1 at EUR 12.50, paid and brought so far. */
  async function brought(to?: Step, more: Parameters<StoryWorld["placeLines"]>[0] = []): Promise<Tale> {
    const lines = [productLine(notebook), ...more];
    const tale = await till.paid(await till.placeLines(lines, undefined, { shippingAddress: home }));
    for (const status of to ? steps.slice(0, steps.indexOf(to) + 1) : []) await step(tale, status);
    return tale;
  }
  /** The history without what the inventory does meanwhile. */
  const movesOf = async (tale: Tale) =>
    (await historyOf(tale)).filter((entry) => !/^(STOCK|INVENTORY)_/.test(entry));

  it("S4.12 goods go READY_TO_SHIP, SHIPPED, DELIVERED, each step told with what belongs to it", async () => {
    const tale = await brought();
    await step(tale, "READY_TO_SHIP");
    const { order: shipped } = await step(tale, "SHIPPED", { carrier: "DHL", trackingNumber: "JD014" });
    expect(shipped).to.include({ carrier: "DHL", trackingNumber: "JD014", status: OrderStatus.SHIPPED });
    const { order: delivered } = await step(tale, "DELIVERED");
    expect(delivered?.deliveredAt).to.deep.equal(delivered?.updatedAt);
    expect((await movesOf(tale)).slice(2)).to.deep.equal([
      "PAYMENT_SUCCEEDED > PAID",
      "ORDER_READY_TO_SHIP > READY_TO_SHIP",
      "ORDER_SHIPPED > SHIPPED",
      "ORDER_DELIVERED > DELIVERED",
    ]);
    const types = (await till.toldOf(tale)).map(({ type }) => type);
    expect(types.filter((type) => type !== "order.status_changed").slice(-3)).to.deep.equal([
      "order.ready_to_ship",
      "order.shipped",
      "order.delivered",
    ]);
    const [body] = await till.bodiesOf(tale, "order.shipped");
    expect(body).to.include({ status: "shipped", carrier: "DHL", trackingNumber: "JD014" });
  });

  it("C11 no step is left out: goods are packed, sent and delivered before the order is COMPLETED", async () => {
    const tale = await brought();
    for (const status of ["SHIPPED", "DELIVERED", "COMPLETED", "RETURNED"] as const)
      expect(await reasonOf(step(tale, status)), status).to.equal("ILLEGAL_TRANSITION");
    await step(tale, "READY_TO_SHIP");
    const { metadata } = await refusalOf(step(tale, "DELIVERED"));
    expect(metadata).to.include({ from: "READY_TO_SHIP", to: "DELIVERED" });
    expect(metadata.allowed?.split(",")).to.include("SHIPPED");
  });

  it("C11 courses alone never see READY_TO_SHIP; goods beside them do", async () => {
    const digital = await till.placePaid();
    expect(await reasonOf(step(digital, "READY_TO_SHIP"))).to.equal("ILLEGAL_TRANSITION");
    expect(await statusOf(step(digital, "COMPLETED"))).to.equal("COMPLETED");
    const mixed = await brought(undefined, [courseLine(anyCourse())]);
    expect(await statusOf(step(mixed, "READY_TO_SHIP"))).to.equal("READY_TO_SHIP");
  });

  it("C12 a step told twice changes nothing, and keeps the first parcel's number", async () => {
    const tale = await brought("READY_TO_SHIP");
    await step(tale, "SHIPPED", { carrier: "DHL", trackingNumber: "1" });
    expect((await step(tale, "SHIPPED", { carrier: "UPS" })).order).to.include({ carrier: "DHL" });
    expect(await till.bodiesOf(tale, "order.shipped")).to.have.lengthOf(1);
  });

  it("C4 a packed order is cancelled with all its money back, a shipped one is not cancelled any more", async () => {
    const packed = await brought("READY_TO_SHIP");
    expect(await statusOf(packed.buyer.cancelOrder(packed))).to.equal("CANCELLED");
    await eventually(async () => (await statusOf(packed)) === "REFUND_PENDING");
    const shipped = await brought("SHIPPED");
    for (const client of [shipped.buyer, till.admin])
      expect(await reasonOf(client.cancelOrder({ orderId: shipped.orderId }))).to.equal("ILLEGAL_TRANSITION");
  });

  it("S1.30/32 a delivered order is returned, its refund begins by itself, and ends in REFUNDED", async () => {
    const tale = await brought("DELIVERED");
    expect(await statusOf(step(tale, "RETURNED", { reason: "wrong size" }))).to.equal("RETURNED");
    await eventually(async () => (await statusOf(tale)) === "REFUND_PENDING");
    await till.refunded(tale);
    expect((await movesOf(tale)).slice(-3)).to.deep.equal([
      "ORDER_RETURNED > RETURNED",
      "REFUND_STARTED > REFUND_PENDING",
      "PAYMENT_REFUNDED > REFUNDED",
    ]);
    expect(await till.bodiesOf(tale, "order.returned")).to.have.lengthOf(1);
  });

  it("S1.30 a parcel that comes back undelivered is returned, too", async () => {
    const tale = await brought("SHIPPED");
    expect(await statusOf(step(tale, "RETURNED"))).to.equal("RETURNED");
  });

  it("C10 goods are returned within 14 days of their delivery, and not after", async () => {
    const tale = await brought("DELIVERED");
    pass(14);
    expect(await reasonOf(step(tale, "RETURNED"))).to.equal("RETURN_WINDOW_CLOSED");
    const ask = tale.buyer.requestRefund({ orderId: tale.orderId, reason: "x" });
    expect(await reasonOf(ask)).to.equal("RETURN_WINDOW_CLOSED");
    expect(await statusOf(tale)).to.equal("DELIVERED");
  });

  it("C10 a delivered order is COMPLETED by itself when its return window is over", async () => {
    const tale = await brought("DELIVERED");
    const fresh = await brought("DELIVERED");
    pass(15);
    await till.rows("UPDATE orders SET delivered_at = $2 WHERE id = $1", [fresh.orderId, now]);
    // Another replica, as this one looks once a minute.
    const replica = await orderWorld({ env: { DATABASE_URL: till.databaseUrl }, now: () => now });
    await eventually(async () => (await statusOf(tale)) === "COMPLETED").finally(() => replica.stop());
    const { events } = await tale.buyer.listOrderEvents(tale);
    expect(events.at(-1)).to.include({ actor: "worker:complete", type: "ORDER_COMPLETED" });
    expect(await statusOf(fresh)).to.equal("DELIVERED");
  });

  it("C5-C7 a refund is asked for on the way, and a part of it returns the order to where it was", async () => {
    for (const status of ["READY_TO_SHIP", "DELIVERED"] as const) {
      const tale = await brought(status, [courseLine(anyCourse())]);
      await tale.buyer.requestRefund({ orderId: tale.orderId, reason: "no course" });
      const items = [{ itemId: tale.itemIds[1]!, amount: eur(10) }];
      const { order } = await till.admin.approveRefund({ orderId: tale.orderId, items });
      await till.refunded(tale, { amount: 10, orderRefundId: order!.refund!.id });
      expect(await statusOf(tale)).to.equal(status);
    }
    const shipped = await brought("SHIPPED");
    const ask = shipped.buyer.requestRefund({ orderId: shipped.orderId, reason: "late" });
    expect(await reasonOf(ask), "on its way").to.equal("ILLEGAL_TRANSITION");
  });

  it("C17 the steps are told by services and admins, never by the buyer", async () => {
    const tale = await brought();
    const { orderId } = tale;
    const own = tale.buyer.updateOrderStatus({ orderId, status: OrderStatus.READY_TO_SHIP });
    expect(await reasonOf(own)).to.equal("PERMISSION_DENIED");
    const ask = till.admin.updateOrderStatus({ orderId, status: OrderStatus.READY_TO_SHIP });
    expect(await statusOf(ask)).to.equal("READY_TO_SHIP");
    expect((await read(tale)).captured).to.include(eur(12.5));
  });
});
