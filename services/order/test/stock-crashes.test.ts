import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { expect } from "chai";
import { Client as Postgres } from "pg";
import { v7 } from "uuid";
import { eventually } from "../../../test/support/eventually.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { doomedService, type DoomedService } from "./doomed-service.ts";
import { inventoryDoor, type InventoryDoor, type Moment } from "./inventory-door.ts";
import { buyer, course, orderWorld, type OrderWorld } from "./order-world.ts";
import {
  anyProduct,
  anySession,
  courseLine,
  place,
  productLine,
  seatsTaken,
  sessionLine,
  stockOf,
} from "./shopping.ts";

const plenty = 1_000_000;

/** Every step at which an order service can die leaves behind what it has committed, and what others did for it. */
describe("An order service that is killed", function () {
  this.timeout(60_000);
  let door: InventoryDoor;
  let world: OrderWorld;
  let user: string;
  let product: string;
  let session: string;
  before(async function () {
    if (!process.env.TILL_TEST_POSTGRES_URL) this.skip();
    door = await inventoryDoor();
    // The world's own service looks for nothing that is left over: that is for the one that is started again.
    world = await orderWorld({ env: { TILL_INVENTORY_ADDRESS: door.address, TILL_SWEEP_MS: "3600000" } });
    await door.open(world.sandbox);
  });
  after(async () => {
    await world?.stop();
    await door?.close();
  });
  beforeEach(() => {
    user = buyer();
    product = anyProduct();
    session = anySession();
  });
  const started: DoomedService[] = [];
  afterEach(async () => {
    door.misbehave(undefined);
    await Promise.all(started.splice(0).map((service) => service.kill()));
  });

  const lines = () => [courseLine(course), sessionLine(session, 3), productLine(product, 2)];
  const standing = async () => {
    const { available = plenty, reserved = 0, committed = 0 } = (await stockOf(world, product)) ?? {};
    const intents = await world.rows("SELECT 1 FROM stock_intent");
    const orders = await world.rows("SELECT status FROM orders WHERE user_id = $1", [user]);
    return {
      stock: [available, reserved, committed],
      seats: await seatsTaken(world, session),
      intents: intents.length,
      orders: orders.map(({ status }) => status),
    };
  };
  const nothing = { stock: [plenty, 0, 0], seats: 0, intents: 0, orders: [] as unknown[] };

  /** Kills a service when a call of its comes to a moment. */
  function killAt(when: Moment["when"], victim: DoomedService): void {
    door.misbehave(async (moment) => {
      if (moment.when !== when) return;
      await victim.kill();
      door.misbehave(undefined);
      throw new Error("nobody is there to be answered");
    });
  }

  /** Kills a service while a commit of its waits for a table that somebody else has locked. */
  async function killWaitingFor(table: string, victim: DoomedService, call: () => Promise<unknown>) {
    const other = new Postgres({ connectionString: world.databaseUrl });
    await other.connect();
    await other.query(`BEGIN; LOCK TABLE ${table} IN EXCLUSIVE MODE`);
    const failed = failureOf(call());
    await eventually(async () => {
      const sql = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = $1::regclass";
      expect(await world.rows(sql, [table])).to.have.lengthOf.greaterThan(0);
    });
    await victim.kill();
    await failed;
    await other.query("ROLLBACK");
    await other.end();
  }

  async function start(): Promise<DoomedService> {
    const service = await doomedService(world, { TILL_SWEEP_MS: "50" });
    started.push(service);
    return service;
  }

  /** Starts the service again, which finds what is left over, as time would have it. */
  async function startAgain(): Promise<DoomedService> {
    await world.rows("UPDATE stock_intent SET due_at = now()");
    return start();
  }

  describe("while it places an order", () => {
    const key = () => ({ idempotencyKey: `order-of-${user}` });
    const create = async (service: DoomedService) => place(await service.as(user), lines(), key());

    async function leavesNothing(): Promise<void> {
      const again = await startAgain();
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
        const victim = await start();
        killAt(when, victim);
        await failureOf(create(victim));
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
      const victim = await start();
      await killWaitingFor("order_items", victim, () => create(victim));
      await leavesNothing();
    });

    it("keeps the order, its goods and its seats when it dies right after its commit", async () => {
      const victim = await start();
      const created = create(victim).catch(() => undefined);
      await eventually(async () => expect((await standing()).orders).to.deep.equal(["CREATED"]));
      await victim.kill();
      await created;
      const again = await startAgain();
      await keepsTheOrder(again);
    });

    for (const when of ["before Release", "after Release"] as const) {
      it(`keeps no goods when it dies ${when} of an order that it has to refuse`, async () => {
        const victim = await start();
        killAt(when, victim);
        const tooMany = [sessionLine(session, 101), productLine(product, 2)];
        await failureOf(place(await victim.as(user), tooMany));
        const reserved = when === "after Release" ? 0 : 2;
        expect(await standing()).to.deep.include({ intents: 1, stock: [plenty - reserved, reserved, 0] });
        await leavesNothing();
      });
    }
  });

  describe("while it cancels an order", () => {
    let orderId: string;
    beforeEach(async () => {
      orderId = (await place(world.as(user), lines())).order!.id;
    });
    const cancel = async (service: DoomedService) =>
      (await service.as(user)).cancelOrder({ orderId, idempotencyKey: "cancel" });
    const story = async () => {
      const { events } = await world.as(user).listOrderEvents({ orderId });
      return events.map(({ type }) => type);
    };
    const cancelled = { ...nothing, orders: ["CANCELLED"] };

    async function givesAllBack(): Promise<void> {
      const again = await startAgain();
      await eventually(async () => expect(await story()).to.include("STOCK_RELEASED"));
      expect(await standing()).to.deep.equal(cancelled);
      expect((await cancel(again)).order?.status).to.equal(OrderStatus.CANCELLED);
      const entries = await story();
      expect(entries.filter((type) => type === "STOCK_RELEASED")).to.have.lengthOf(1);
      expect(entries.filter((type) => type === "ORDER_CANCELED")).to.have.lengthOf(1);
    }

    it("has not cancelled it when it dies in the middle of its commit, and the caller may repeat", async () => {
      const victim = await start();
      await killWaitingFor("order_event", victim, () => cancel(victim));
      const kept = { stock: [plenty - 2, 2, 0], seats: 3, intents: 0, orders: ["CREATED"] };
      expect(await standing()).to.deep.equal(kept);
      const again = await startAgain();
      await cancel(again);
      await eventually(async () => expect(await standing()).to.deep.equal(cancelled));
    });

    for (const when of ["before Release", "after Release"] as const) {
      it(`gives seats and goods back once when it dies ${when}`, async () => {
        const victim = await start();
        killAt(when, victim);
        await cancel(victim).catch(() => undefined);
        await eventually(async () => expect((await standing()).orders).to.deep.equal(["CANCELLED"]));
        await eventually(() => expect(door.heard.at(-1)).to.deep.equal({ when, orderId }));
        await givesAllBack();
      });
    }

    it("gives seats and goods back once when it dies before it has written that they are back", async () => {
      const victim = await start();
      const other = new Postgres({ connectionString: world.databaseUrl });
      await other.connect();
      door.misbehave(async ({ when }) => {
        if (when === "before Release") await other.query("BEGIN; LOCK TABLE order_event IN EXCLUSIVE MODE");
      });
      await cancel(victim);
      await eventually(async () => {
        const sql = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'order_event'::regclass";
        expect(await world.rows(sql)).to.have.lengthOf.greaterThan(0);
      });
      await victim.kill();
      await other.query("ROLLBACK");
      await other.end();
      door.misbehave(undefined);
      await givesAllBack();
    });
  });

  describe("while it commits the goods of a paid order", () => {
    for (const when of ["before Commit", "after Commit"] as const) {
      it(`has them leave once when it dies ${when}`, async () => {
        const { order } = await place(world.as(user), lines());
        const orderId = order!.id;
        // As if the payment had come in, but behind the back of the world's own service, which would see to it.
        await world.rows(
          `UPDATE orders SET status = 'PAID', payment_id = $2, captured_minor = total_minor, stock_due = 'COMMIT'
            WHERE id = $1`,
          [orderId, v7()],
        );
        await dieAt(when);
        await startAgain();
        await eventually(async () => {
          const { events } = await world.as(user).listOrderEvents({ orderId });
          expect(events.map(({ type }) => type).filter((type) => type.startsWith("STOCK_"))).to.deep.equal([
            "STOCK_COMMITTED",
          ]);
        });
        const kept = { stock: [plenty - 2, 0, 2], seats: 3, intents: 0, orders: ["PAID"] };
        expect(await standing()).to.deep.equal(kept);
      });
    }

    /** Starts a service that finds the order, and dies over it. */
    async function dieAt(when: Moment["when"]): Promise<void> {
      const starting = Promise.withResolvers<DoomedService>();
      const died = Promise.withResolvers<void>();
      door.misbehave(async (moment) => {
        if (moment.when !== when) return;
        await (await starting.promise).kill();
        door.misbehave(undefined);
        died.resolve();
        throw new Error("nobody is there to be answered");
      });
      starting.resolve(await start());
      await died.promise;
    }
  });
});
