import { OrderStatus } from "@till/gen/till/order/v1/order_pb";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { expect } from "chai";
import { join } from "node:path";
import pg from "pg";
import { testDatabase, type TestDatabase } from "./support/database.ts";
import { eventually } from "./support/eventually.ts";
import { courseLine, newCourse } from "./support/fixtures.ts";
import { startOrderProcess, type OrderProcess } from "./support/order-process.ts";

const minuteMs = 60_000;
const expiryMs = 5 * minuteMs;

for (const shiftMs of [10 * minuteMs, -10 * minuteMs])
  describe(`An order replica whose clock is ${Math.abs(shiftMs) / minuteMs} minutes ${shiftMs > 0 ? "ahead" : "behind"}`, function () {
    this.timeout(60_000);
    let database: TestDatabase;
    let order: OrderProcess;
    let owner: pg.Client;
    before(async function () {
      if (!process.env["TILL_TEST_POSTGRES_URL"]) this.skip();
      database = await testDatabase();
      order = await startOrderProcess({
        NODE_OPTIONS: `--import=${join(import.meta.dirname, "support/shifted-clock.ts")}`,
        TILL_TEST_CLOCK_SHIFT_MS: `${shiftMs}`,
        DATABASE_URL: database.url,
        TILL_ORDER_EXPIRY_SECONDS: `${expiryMs / 1000}`,
        TILL_RECOVERY_MS: "20",
      });
      owner = new pg.Client({ connectionString: database.url });
      await owner.connect();
    });
    after(async () => {
      await order?.stop();
      await owner?.end();
      await database?.drop();
    });

    it("lets orders expire by the database's clock", async () => {
      const { orders } = order;
      const place = async (idempotencyKey: string) => {
        const placed = await orders.createOrder({ items: [courseLine(newCourse())], idempotencyKey });
        return placed.order!;
      };
      const statusOf = async (orderId: string) =>
        OrderStatus[(await orders.getOrder({ orderId })).order!.status];
      const [waiting, due] = [await place("waiting"), await place("due")];
      expect(timestampMs(waiting.expiresAt!) - Date.now()).to.be.within(expiryMs - minuteMs, expiryMs);
      await owner.query("UPDATE orders SET expires_at = now() + interval '1 minute' WHERE id = $1", [
        waiting.id,
      ]);
      await owner.query("UPDATE orders SET expires_at = now() WHERE id = $1", [due.id]);
      await eventually(async () => expect(await statusOf(due.id)).to.equal("CANCELLED"));
      expect(await statusOf(waiting.id)).to.equal("CREATED");
    });
  });
