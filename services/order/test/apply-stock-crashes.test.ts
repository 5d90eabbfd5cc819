import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import {
  type CrashEnvironment,
  newShopper,
  type Shopper,
  startCrashEnvironment,
} from "./support/crash-environment.ts";
import type { CrashingOrderService } from "./support/crashing-order-service.ts";
import { initialStock } from "./support/fixtures.ts";
import { placeOrder } from "./support/stock-and-seats.ts";

/** A crash leaves what the service has committed, and what the inventory did for it. */
describe("The stock of an order whose service is killed", function () {
  this.timeout(120_000);
  let crash: CrashEnvironment;
  let shopper: Shopper;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    crash = await startCrashEnvironment();
  });
  after(() => crash?.stop());
  beforeEach(() => (shopper = newShopper()));
  afterEach(() => crash?.reset());
  const state = () => crash.stateOf(shopper);
  const nothing = { stock: [initialStock, 0, 0], seats: 0, reservationRecords: 0, orders: [] as string[] };

  describe("while it cancels the order", () => {
    let orderId: string;
    beforeEach(async () => {
      orderId = (await placeOrder(crash.environment.as(shopper.user), shopper.lines)).order!.id;
    });
    const cancel = async (service: CrashingOrderService) =>
      (await service.as(shopper.user)).cancelOrder({ orderId, idempotencyKey: "cancel" });
    const story = async () => {
      const { events } = await crash.environment.as(shopper.user).listOrderEvents({ orderId });
      return events.map(({ type }) => type);
    };
    const cancelled = { ...nothing, orders: ["CANCELLED"] };

    async function givesAllBack(): Promise<void> {
      const again = await crash.startAgain();
      await eventually(async () => expect(await story()).to.include("STOCK_RELEASED"));
      expect(await state()).to.deep.equal(cancelled);
      expect((await cancel(again)).order?.status).to.equal(OrderStatus.CANCELLED);
      const entries = await story();
      expect(entries.filter((type) => type === "STOCK_RELEASED")).to.have.lengthOf(1);
      expect(entries.filter((type) => type === "ORDER_CANCELED")).to.have.lengthOf(1);
    }

    it("stays reserved after a crash during the commit, and the caller may repeat", async () => {
      const crashing = await crash.start();
      await crash.killWaitingFor("order_event", crashing, () => cancel(crashing));
      const kept = { stock: [initialStock - 2, 2, 0], seats: 3, reservationRecords: 0, orders: ["CREATED"] };
      expect(await state()).to.deep.equal(kept);
      const again = await crash.startAgain();
      await cancel(again);
      await eventually(async () => expect(await state()).to.deep.equal(cancelled));
    });

    for (const when of ["before Release", "after Release"] as const) {
      it(`is released once, with the seats, after a crash ${when}`, async () => {
        const crashing = await crash.start();
        const died = crash.killAt(when, crashing);
        await cancel(crashing).catch(() => undefined);
        await died;
        await eventually(async () => expect((await state()).orders).to.deep.equal(["CANCELLED"]));
        await eventually(() => expect(crash.inventory.calls.at(-1)).to.deep.equal({ when, orderId }));
        await givesAllBack();
      });
    }

    it("is released once, with the seats, after a crash before the release is recorded", async () => {
      const crashing = await crash.start();
      const locked = Promise.withResolvers<Awaited<ReturnType<CrashEnvironment["lockTable"]>>>();
      crash.inventory.intercept(async ({ when }) => {
        if (when === "before Release") locked.resolve(await crash.lockTable("order_event"));
      });
      await cancel(crashing);
      await (await locked.promise).killWaiting(crashing);
      crash.inventory.intercept(undefined);
      await givesAllBack();
    });
  });

  describe("while it commits the stock of a paid order", () => {
    for (const when of ["before Commit", "after Commit"] as const) {
      it(`is committed once after a crash ${when}`, async () => {
        const { order } = await placeOrder(crash.environment.as(shopper.user), shopper.lines);
        const orderId = order!.id;
        // Paid in the database alone: the environment's own service would commit the stock.
        await crash.environment.query(
          `UPDATE orders SET status = 'PAID', payment_id = $2, captured_minor = total_minor, stock_due = 'COMMIT'
            WHERE id = $1`,
          [orderId, v7()],
        );
        // Its worker finds the order, and the crash comes in that call.
        const crashing = Promise.withResolvers<CrashingOrderService>();
        const died = crash.killAt(when, crashing.promise);
        crashing.resolve(await crash.start());
        await died;
        await crash.startAgain();
        await eventually(async () => {
          const { events } = await crash.environment.as(shopper.user).listOrderEvents({ orderId });
          expect(events.map(({ type }) => type).filter((type) => type.startsWith("STOCK_"))).to.deep.equal([
            "STOCK_COMMITTED",
          ]);
        });
        const kept = { stock: [initialStock - 2, 0, 2], seats: 3, reservationRecords: 0, orders: ["PAID"] };
        expect(await state()).to.deep.equal(kept);
      });
    }
  });
});
