import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { productLine, sessionLine } from "../../../test/support/fixtures.ts";
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
describe("CreateOrder on an order service that is killed", function () {
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

  const key = () => ({ idempotencyKey: `order-of-${shopper.user}` });
  const create = async (service: CrashingOrderService) =>
    placeOrder(await service.as(shopper.user), shopper.lines, key());

  async function leavesNothing(): Promise<void> {
    const again = await crash.startAgain();
    await eventually(async () => expect(await state()).to.deep.equal(nothing));
    const { order, idempotentReplay } = await create(again);
    expect([order?.status, idempotentReplay]).to.deep.equal([OrderStatus.CREATED, false]);
    await keepsTheOrder(again);
  }

  async function keepsTheOrder(again: CrashingOrderService): Promise<void> {
    const kept = { stock: [initialStock - 2, 2, 0], seats: 3, reservationRecords: 0, orders: ["CREATED"] };
    expect(await state()).to.deep.equal(kept);
    expect((await create(again)).idempotentReplay).to.equal(true);
    expect(await state()).to.deep.equal(kept);
  }

  for (const when of ["before Reserve", "after Reserve"] as const) {
    it(`keeps no stock and no seats after a crash ${when}, and the caller may repeat`, async () => {
      const crashing = await crash.start();
      const died = crash.killAt(when, crashing);
      await failureOf(create(crashing));
      await died;
      const reserved = when === "after Reserve" ? 2 : 0;
      expect(await state()).to.deep.equal({
        ...nothing,
        stock: [initialStock - reserved, reserved, 0],
        reservationRecords: 1,
      });
      await leavesNothing();
    });
  }

  it("keeps no stock and no seats after a crash during its commit, and the caller may repeat", async () => {
    const crashing = await crash.start();
    await crash.killWaitingFor("order_items", crashing, () => create(crashing));
    await leavesNothing();
  });

  it("keeps the order, its stock and its seats after a crash right after its commit", async () => {
    const crashing = await crash.start();
    const created = create(crashing).catch(() => undefined);
    await eventually(async () => expect((await state()).orders).to.deep.equal(["CREATED"]));
    await crashing.kill();
    await created;
    const again = await crash.startAgain();
    await keepsTheOrder(again);
  });

  for (const when of ["before Release", "after Release"] as const) {
    it(`keeps no stock after a crash ${when} of an order that it rejects`, async () => {
      const crashing = await crash.start();
      const died = crash.killAt(when, crashing);
      const tooMany = [sessionLine(shopper.session, 101), productLine(shopper.product, 2)];
      await failureOf(placeOrder(await crashing.as(shopper.user), tooMany));
      await died;
      const reserved = when === "after Release" ? 0 : 2;
      expect(await state()).to.deep.include({
        reservationRecords: 1,
        stock: [initialStock - reserved, reserved, 0],
      });
      await leavesNothing();
    });
  }
});
