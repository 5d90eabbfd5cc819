import { expect } from "chai";
import { fillOrders } from "../../../test/bench/fill-orders.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { course, courseLine, newUser } from "../../../test/support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";
import { placeOrder } from "./support/stock-and-seats.ts";

describe("CreateOrder among many orders", () => {
  let environment: OrderEnvironment;
  before(async () => (environment = await startOrderEnvironment()));
  after(() => environment.stop());

  it("reads no orders of others, though statistics know no unpaid order and none of its course", async function () {
    this.timeout(60_000);
    await fillOrders(environment.databaseUrl, 5_000);
    const before = await counted();
    const placed = 100;
    for (let count = 0; count < placed; count += 1)
      await placeOrder(environment.as(newUser()), [courseLine(course)]);
    await reportAll();
    const after = await eventually(async () => {
      const now = await counted();
      expect(now.written - before.written).to.equal(2 * placed);
      return now;
    });
    expect(after.read - before.read).to.be.lessThan(placed);
  });

  /** Ends the service's connections, which makes them report what they have counted. */
  async function reportAll(): Promise<void> {
    await environment.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
  }

  /** How many rows of orders and their lines were written, and how many of them and of their indexes' entries were read. */
  async function counted(): Promise<{ written: number; read: number }> {
    const [row] = await environment.query(
      `SELECT sum(n_tup_ins)::int AS written,
              sum(seq_tup_read)::int + (SELECT sum(idx_tup_read)::int FROM pg_stat_user_indexes WHERE relname IN ('orders', 'order_items')) AS read
         FROM pg_stat_user_tables WHERE relname IN ('orders', 'order_items')`,
    );
    return { written: Number(row!.written), read: Number(row!.read) };
  }
});
