import { expect } from "chai";
import { Client as Postgres } from "pg";
import { eventually } from "../../../../test/support/eventually.ts";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { doomedService, type DoomedService } from "./doomed-service.ts";
import { inventoryDoor, type Moment } from "./inventory-server.ts";
import { buyer, course, orderWorld } from "./order-world.ts";
import {
  anyProduct,
  anySession,
  courseLine,
  productLine,
  seatsTaken,
  sessionLine,
  stockOf,
} from "./shopping.ts";

export type CrashWorld = Awaited<ReturnType<typeof crashWorld>>;

/** Somebody who buys a course, three seats and two of a product that nobody else buys. */
export type Shopper = ReturnType<typeof shopper>;

/** How many of a product there are. */
export const plenty = 1_000_000;

export function shopper() {
  const [user, product, session] = [buyer(), anyProduct(), anySession()];
  const lines = [courseLine(course), sessionLine(session, 3), productLine(product, 2)];
  return { user, product, session, lines };
}

/**
 * An order service's world, where others of its kind are started and killed. The world's own service looks for nothing
 * that is left over: that is for the one that is started again.
 */
export async function crashWorld() {
  const door = await inventoryDoor();
  const world = await orderWorld({
    env: { TILL_INVENTORY_ADDRESS: door.address, TILL_SWEEP_MS: "3600000" },
  });
  await door.open(world.sandbox);
  const started: DoomedService[] = [];

  async function start(): Promise<DoomedService> {
    const service = await doomedService(world, { TILL_SWEEP_MS: "50" });
    started.push(service);
    return service;
  }

  return {
    door,
    world,
    start,
    /** Starts the service again, which finds what is left over, as time would have it. */
    async startAgain(): Promise<DoomedService> {
      await world.rows("UPDATE stock_intent SET due_at = now()");
      return start();
    },
    /** Kills a service when a call of its comes to a moment; resolves when it is dead. */
    async killAt(when: Moment["when"], victim: DoomedService | Promise<DoomedService>): Promise<void> {
      const died = Promise.withResolvers<void>();
      door.misbehave(async (moment) => {
        if (moment.when !== when) return;
        await (await victim).kill();
        door.misbehave(undefined);
        died.resolve();
        throw new Error("nobody is there to be answered");
      });
      await died.promise;
    },
    /** Kills a service while it waits for a table that somebody else has locked. */
    async killWaitingFor(table: string, victim: DoomedService, call: () => Promise<unknown>): Promise<void> {
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
    },
    /** What there is of a shopper's goods, seats and orders, and of intents in all. */
    async standing({ user, product, session }: Shopper) {
      const { available = plenty, reserved = 0, committed = 0 } = (await stockOf(world, product)) ?? {};
      const intents = await world.rows("SELECT 1 FROM stock_intent");
      const orders = await world.rows("SELECT status FROM orders WHERE user_id = $1", [user]);
      return {
        stock: [available, reserved, committed],
        seats: await seatsTaken(world, session),
        intents: intents.length,
        orders: orders.map(({ status }) => status as string),
      };
    },
    /** Kills whoever is left, and lets the inventory be. */
    async reset(): Promise<void> {
      door.misbehave(undefined);
      await Promise.all(started.splice(0).map((service) => service.kill()));
    },
    async stop(): Promise<void> {
      await world.stop();
      await door.close();
    },
  };
}
