import { readBody, type Contracts } from "@till/contracts";
import { inventoryEvents, inventoryTopic } from "@till/contracts/inventory-events";
import { orderEvents, orderTopic } from "@till/contracts/order-events";
import { personEvents } from "@till/contracts/person-events";
import type { EventRecord } from "@till/events/bus";
import { eventFromRecord } from "@till/events/consume";
import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { readEventContract } from "../../../test/support/event-contract.ts";
import { eventually } from "../../../test/support/eventually.ts";
import {
  berlin,
  clinic,
  eur,
  newUser,
  notebook,
  paymentService,
  productLine,
} from "../../../test/support/fixtures.ts";
import { bookingActions } from "./support/booking-actions.ts";
import { type PurchaseEnvironment, startPurchaseEnvironment } from "./support/purchases.ts";

const contracts: Contracts = { ...orderEvents, ...personEvents, ...inventoryEvents };

describe("The events of orders and of the inventory", () => {
  let environment: PurchaseEnvironment;
  let now = () => new Date();
  const published: EventRecord[] = [];

  before(async () => {
    environment = await startPurchaseEnvironment({ env: { TILL_RECOVERY_MS: "20" }, now: () => now() });
    await environment.bus.subscribe({
      group: "contracts",
      topics: [orderTopic, inventoryTopic],
      onBatch: (records) => Promise.resolve(void published.push(...records)),
    });
  });
  after(() => environment.stop());

  it("are each published in the life of some order, as order-events.yaml has them, and read in full", async () => {
    const file = await readEventContract("order");
    await refundCourse();
    await completeCourse();
    await winDispute();
    await returnGoods();
    await cancelGoodsAndPay();
    await endBookings();
    await erase();
    await eventually(() => {
      const missing = Object.keys(contracts).filter(
        (type) => !published.some(({ headers }) => headers["ce_type"] === type),
      );
      expect(missing).to.deep.equal([]);
    });
    for (const record of published) {
      file.expectRecord(record);
      const { type, data } = eventFromRecord(record);
      expect(contracts, type).to.have.property(type);
      const read = readBody(contracts[type]!, data);
      const fields = (body: unknown) => Object.keys(body as object).sort();
      expect(fields(read), `${type}: fields that the contract does not have`).to.deep.equal(fields(data));
    }
  });

  it("tell how an order was paid", async () => {
    const purchase = await environment.placePaid();
    const [confirmed] = await environment.eventDataOf(purchase, "order.confirmed");
    expect(confirmed).to.include({
      amount: 10,
      currency: "EUR",
      paymentMethod: "text",
      transactionId: "text",
    });
    expect(confirmed!.paidAt).to.be.a("string");
  });

  async function refundCourse(): Promise<void> {
    const purchase = await environment.place();
    const { orderId, buyer } = purchase;
    await environment.beginPayment(purchase);
    await environment.decline(purchase);
    await buyer.retryPayment({ orderId });
    const paid = { ...purchase, paymentId: v7() };
    await environment.beginAndPay(paid);
    await buyer.requestRefund({ orderId, reason: "not for me" });
    await environment.admin.rejectRefund({ orderId, reason: "too late" });
    await buyer.requestRefund({ orderId, reason: "please" });
    await environment.admin.approveRefund({ orderId, amount: eur(10) });
    const [approved] = await environment.eventDataOf(purchase, "order.refund_approved");
    await environment.completeRefund(paid, { orderRefundId: String(approved!.refundId) });
  }

  async function erase(): Promise<void> {
    const { userId } = await environment.place();
    await environment.admin.erasePerson({ userId, reason: "requested by letter" });
  }

  async function completeCourse(): Promise<void> {
    const { orderId } = await environment.placePaid();
    await environment.platform.updateOrderStatus({ orderId, status: OrderStatus.COMPLETED });
  }

  async function winDispute(): Promise<void> {
    const { orderId, paymentId, userId } = await environment.placePaid();
    const ids = { paymentId, orderId, userId, disputeId: "dp_1" };
    const dispute = { ...ids, amount: 10, currency: "EUR", reason: "fraudulent", refundedTotal: 10 };
    await environment.publish("payment.disputed", orderId, { ...dispute, state: "needs_response" });
    const closed = { ...dispute, state: "won", closedAt: new Date() };
    await environment.publish("payment.dispute_closed", orderId, closed);
  }

  async function returnGoods(): Promise<void> {
    const { orderId } = await environment.beginAndPay(await placeGoods());
    const step = (status: OrderStatus, more: object = {}) =>
      environment.platform.updateOrderStatus({ orderId, status, ...more });
    await step(OrderStatus.READY_TO_SHIP);
    await step(OrderStatus.SHIPPED, { carrier: "DHL", trackingNumber: "JD014" });
    await step(OrderStatus.DELIVERED);
    await step(OrderStatus.RETURNED);
  }

  async function cancelGoodsAndPay(): Promise<void> {
    const purchase = await placeGoods();
    await environment.beginPayment(purchase);
    await purchase.buyer.cancelOrder({ orderId: purchase.orderId, reason: "changed my mind" });
    await environment.pay(purchase);
  }

  async function endBookings(): Promise<void> {
    const { book, pay, bookingStatusOf } = bookingActions(() => environment);
    const [user, other] = [newUser(), newUser()];
    const sessions = environment.sessionsAs(paymentService, "service");
    const { booking, order } = await book(user, clinic);
    await pay(user, order!.id);
    await sessions.completeBooking({ bookingId: booking!.id });
    const { order: cancelled } = await book(user, clinic);
    await environment.as(user).cancelOrder({ orderId: cancelled!.id });
    const { booking: expiring } = await book(other, clinic);
    now = () => new Date(Date.now() + 60 * 60_000);
    await eventually(async () => expect(await bookingStatusOf(other, expiring!.id)).to.equal("EXPIRED"));
  }

  const placeGoods = () =>
    environment.placeLines([productLine(notebook)], undefined, { shippingAddress: berlin });
});
