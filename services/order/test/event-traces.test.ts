import { type OutgoingEvent, toRecord } from "@till/events/outbox";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventBody } from "../../../test/support/event-body.ts";
import { eur } from "../../../test/support/fixtures.ts";
import {
  type Purchase,
  type PurchaseEnvironment,
  startPurchaseEnvironment,
  untilStatus,
} from "./support/purchases.ts";

const trace = "0af7651916cd43dd8448eb211c80319c";
const traceparent = `00-${trace}-b7ad6b7169203331-01`;

describe("The traces of published events", () => {
  let environment: PurchaseEnvironment;
  let now = () => new Date();
  before(
    async () =>
      (environment = await startPurchaseEnvironment({ env: { TILL_RECOVERY_MS: "20" }, now: () => now() })),
  );
  after(() => environment.stop());

  /** The trace ids of the published events of an order of one type. */
  async function tracesOf(purchase: Purchase, type: string): Promise<(string | undefined)[]> {
    const events = (await environment.eventsOf(purchase)).filter((event) => event.type === type);
    return events.map((event) => event.traceparent?.split("-")[1]);
  }

  function publishProcessed(purchase: Purchase, more: Pick<OutgoingEvent, "traceparent">) {
    const { orderId, paymentId, userId, total: amount } = purchase;
    const body = { orderId, paymentId, userId, amount, currency: "EUR" };
    const data = JSON.stringify(eventBody("payment.processed", body));
    const facts = { id: v7(), topic: "payment.events", subject: orderId, dataVersion: 1, time: new Date() };
    return environment.bus.publish([
      toRecord({ ...facts, type: "payment.processed", data, ...more }, "till/payment"),
    ]);
  }

  it("continue the call's trace, BeginPayment's as well", async () => {
    const purchase = await environment.place();
    const { orderId, userId, paymentId } = purchase;
    const ask = { orderId, userId, paymentId, amount: eur(10) };
    await environment.platform.beginPayment(ask, { headers: { traceparent } });
    await purchase.buyer.cancelOrder({ orderId }, { headers: { traceparent } });
    for (const type of ["order.payment_pending", "order.cancelled"])
      expect(await tracesOf(purchase, type), type).to.deep.equal([trace]);
  });

  it("continue the consumed event's trace", async () => {
    const purchase = await environment.place();
    await publishProcessed(purchase, { traceparent });
    expect(await tracesOf(purchase, "order.confirmed")).to.deep.equal([trace]);
  });

  it("begin where the consumed event has no trace, or an invalid one", async () => {
    for (const given of [{}, { traceparent: "nonsense" }]) {
      const purchase = await environment.place();
      await publishProcessed(purchase, given);
      const [begun, moved] = [
        await tracesOf(purchase, "order.confirmed"),
        await environment.eventsOf(purchase),
      ];
      expect(begun[0]).to.match(/^[0-9a-f]{32}$/);
      expect(moved.filter((event) => !event.traceparent)).to.deep.equal([]);
    }
  });

  it("begin at the worker that expires an order, one trace for all events of the change", async () => {
    const purchase = await environment.place();
    const at = Date.now() + 60 * 60_000;
    now = () => new Date(at);
    await untilStatus(purchase, "CANCELLED");
    const [cancelled] = await tracesOf(purchase, "order.cancelled");
    expect(cancelled).to.match(/^[0-9a-f]{32}$/);
    expect((await tracesOf(purchase, "order.status_changed")).at(-1)).to.equal(cancelled);
  });
});
