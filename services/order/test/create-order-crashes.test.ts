import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { crashWorld, plenty, shopper, type CrashWorld, type Shopper } from "./support/crash-world.ts";
import type { DoomedService } from "./support/doomed-service.ts";
import { place, productLine, sessionLine } from "./support/shopping.ts";

/** Every step at which an order service can die leaves behind what it has committed, and what others did for it. */
describe("An order service that is killed while it places an order", function () {
  this.timeout(120_000);
  let crash: CrashWorld;
  let who: Shopper;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    crash = await crashWorld();
  });
  after(() => crash?.stop());
  beforeEach(() => (who = shopper()));
  afterEach(() => crash?.reset());
  const standing = () => crash.standing(who);
  const nothing = { stock: [plenty, 0, 0], seats: 0, intents: 0, orders: [] as string[] };

  const key = () => ({ idempotencyKey: `order-of-${who.user}` });
  const create = async (service: DoomedService) => place(await service.as(who.user), who.lines, key());

  async function leavesNothing(): Promise<void> {
    const again = await crash.startAgain();
    await eventually(async () => expect(await standing()).to.deep.equal(nothing));
    const { order, idempotentReplay } = await create(again);
    expect([order?.status, idempotentReplay]).to.deep.equal([OrderStatus.CREATED, false]);
    await keepsTheOrder(again);
  }

  async function keepsTheOrder(again: DoomedService): Promise<void> {
    const kept = { stock: [plenty - 2, 2, 0], seats: 3, intents: 0, orders: ["CREATED"] };
    expect(await standing()).to.deep.equal(kept);
    expect((await create(again)).idempotentReplay).to.equal(true);
    expect(await standing()).to.deep.equal(kept);
  }

  for (const when of ["before Reserve", "after Reserve"] as const) {
    it(`keeps no goods and no seats when it dies ${when}, and the caller may repeat`, async () => {
      const victim = await crash.start();
      const died = crash.killAt(when, victim);
      await failureOf(create(victim));
      await died;
      const reserved = when === "after Reserve" ? 2 : 0;
      expect(await standing()).to.deep.equal({
        ...nothing,
        stock: [plenty - reserved, reserved, 0],
        intents: 1,
      });
      await leavesNothing();
    });
  }

  it("keeps no goods and no seats when it dies in the middle of its commit, and the caller may repeat", async () => {
    const victim = await crash.start();
    await crash.killWaitingFor("order_items", victim, () => create(victim));
    await leavesNothing();
  });

  it("keeps the order, its goods and its seats when it dies right after its commit", async () => {
    const victim = await crash.start();
    const created = create(victim).catch(() => undefined);
    await eventually(async () => expect((await standing()).orders).to.deep.equal(["CREATED"]));
    await victim.kill();
    await created;
    const again = await crash.startAgain();
    await keepsTheOrder(again);
  });

  for (const when of ["before Release", "after Release"] as const) {
    it(`keeps no goods when it dies ${when} of an order that it has to refuse`, async () => {
      const victim = await crash.start();
      const died = crash.killAt(when, victim);
      const tooMany = [sessionLine(who.session, 101), productLine(who.product, 2)];
      await failureOf(place(await victim.as(who.user), tooMany));
      await died;
      const reserved = when === "after Release" ? 0 : 2;
      expect(await standing()).to.deep.include({ intents: 1, stock: [plenty - reserved, reserved, 0] });
      await leavesNothing();
    });
  }
});
