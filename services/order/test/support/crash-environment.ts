import { expect } from "chai";
import { Client as Postgres } from "pg";
import { eventually } from "../../../../test/support/eventually.ts";
import { failureOf } from "../../../../test/support/failure-of.ts";
import {
  course,
  courseLine,
  newProduct,
  newSession,
  newUser,
  productLine,
  sessionLine,
} from "../../../../test/support/fixtures.ts";
import { type CrashingOrderService, startCrashingOrderService } from "./crashing-order-service.ts";
import { fastRecovery, initialStock, withoutRecovery } from "./fixtures.ts";
import { type CallPoint, startInventoryProxy } from "./inventory-proxy.ts";
import { startOrderEnvironment } from "./order-service.ts";
import { seatsTaken, stockOf } from "./stock-and-seats.ts";

export type CrashEnvironment = Awaited<ReturnType<typeof startCrashEnvironment>>;

/** A user who buys a course, three seats and two units of a product, all but the course bought by no other test. */
export type Shopper = ReturnType<typeof newShopper>;

export function newShopper() {
  const [user, product, session] = [newUser(), newProduct(), newSession()];
  const lines = [courseLine(course), sessionLine(session, 3), productLine(product, 2)];
  return { user, product, session, lines };
}

/**
 * An order environment in which more order services are started and killed. The environment's own service runs no
 * recovery, so that the service started last does.
 */
export async function startCrashEnvironment() {
  const inventory = await startInventoryProxy();
  const environment = await startOrderEnvironment({
    env: { ...withoutRecovery, TILL_INVENTORY_ADDRESS: inventory.address },
  });
  await inventory.connect(environment.sandbox);
  const started: CrashingOrderService[] = [];

  async function start(): Promise<CrashingOrderService> {
    const service = await startCrashingOrderService(environment, fastRecovery);
    started.push(service);
    return service;
  }

  /** Locks a table against writes; a service is killed while its statement waits for the lock. */
  async function lockTable(table: string) {
    const other = new Postgres({ connectionString: environment.databaseUrl });
    await other.connect();
    await other.query(`BEGIN; LOCK TABLE ${table} IN EXCLUSIVE MODE`);
    const waiting = "FROM pg_locks WHERE NOT granted AND relation = $1::regclass";
    return {
      async killWaiting(service: CrashingOrderService): Promise<void> {
        await eventually(async () => {
          expect(await environment.query(`SELECT 1 ${waiting}`, [table])).to.have.lengthOf.greaterThan(0);
        });
        await service.kill();
        // A backend that waits for a lock does not see its client go: with the lock it would commit the statement.
        await other.query(`SELECT pg_terminate_backend(pid, 10000) ${waiting}`, [table]);
        await other.query("ROLLBACK");
        await other.end();
      },
    };
  }

  return {
    inventory,
    environment,
    start,
    lockTable,
    /** Starts the service again, with all reservation records due for recovery. */
    async startAgain(): Promise<CrashingOrderService> {
      await environment.query("UPDATE stock_intent SET due_at = now()");
      return start();
    },
    /** Kills a service when an inventory call of any order comes to a point; resolves when the process has ended. */
    async killAt(
      when: CallPoint["when"],
      crashing: CrashingOrderService | Promise<CrashingOrderService>,
    ): Promise<void> {
      const died = Promise.withResolvers<void>();
      inventory.intercept(async (point) => {
        if (point.when !== when) return;
        await (await crashing).kill();
        inventory.intercept(undefined);
        died.resolve();
        throw new Error("the caller is dead");
      });
      await died.promise;
    },
    /** Kills a service while the statement of a call waits for a locked table, which then has no effect. */
    async killWaitingFor(
      table: string,
      crashing: CrashingOrderService,
      call: () => Promise<unknown>,
    ): Promise<void> {
      const lock = await lockTable(table);
      const failed = failureOf(call());
      await lock.killWaiting(crashing);
      await failed;
    },
    /** The units, seats and orders of a shopper, and the number of all reservation records. */
    async stateOf({ user, product, session }: Shopper) {
      const {
        available = initialStock,
        reserved = 0,
        committed = 0,
      } = (await stockOf(environment, product)) ?? {};
      const records = await environment.query("SELECT 1 FROM stock_intent");
      const orders = await environment.query("SELECT status FROM orders WHERE user_id = $1", [user]);
      return {
        stock: [available, reserved, committed],
        seats: await seatsTaken(environment, session),
        reservationRecords: records.length,
        orders: orders.map(({ status }) => status as string),
      };
    },
    /** Kills the services that still run, and passes all inventory calls. */
    async reset(): Promise<void> {
      inventory.intercept(undefined);
      await Promise.all(started.splice(0).map((service) => service.kill()));
    },
    async stop(): Promise<void> {
      await environment.stop();
      await inventory.close();
    },
  };
}
