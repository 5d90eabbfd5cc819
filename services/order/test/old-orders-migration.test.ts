import { connect } from "@till/postgres/connect";
import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { v4, v7 } from "uuid";
import { testDatabase } from "../../../test/support/database.ts";
import { PaidShares1764000000030 } from "../migrations/1764000000030-paid-shares.ts";
import { migrations } from "../migrations/index.ts";
import { findOrderWithHistory } from "../src/store/order-reads.ts";

const placedAt = new Date("2025-03-04T05:06:07.089Z");
const paidAt = new Date("2025-03-04T05:10:00.001Z");

describe("The migrations of orders that were stored before", () => {
  const earlier = migrations.slice(0, migrations.indexOf(PaidShares1764000000030));
  const log = createLog({ service: "order", level: "silent" });
  const [user, order, line] = [v7(), v7(), v7()];
  /** Lines without an order: one with an id that has a time, one without. */
  const [lost, random] = [v7({ msecs: placedAt.getTime() }), v4()];

  async function migrate() {
    const database = await testDatabase();
    const old = await connect({ url: database.url, poolSize: 1, migrations: earlier, log });
    await old.pool.query(
      `INSERT INTO orders (id, user_id, status, currency, total_minor, version, captured_minor, refunded_minor, payment_id,
                           created_at, updated_at, expires_at)
       VALUES ($1, $2, 'REFUNDED', 'EUR', 1990, 2, 1990, 1990, $3, $4, $5, $5)`,
      [order, user, v7(), placedAt, paidAt],
    );
    const rows = [
      [line, order, "Old-Course"],
      [lost, v7(), "Lost"],
      [random, v7(), "Random"],
    ];
    for (const [id, of, name] of rows)
      await old.pool.query(
        `INSERT INTO order_items (id, user_id, order_id, kind, ref_id, name, quantity, unit_price_minor)
         VALUES ($1, $2, $3, 'DIGITAL_COURSE', $4, $4, 1, 1990)`,
        [id, user, of, name],
      );
    await old.pool.query(
      `INSERT INTO order_event (user_id, order_id, version, position, type, from_status, to_status, actor, reason, created_at)
       VALUES ($1, $2, 1, 1, 'ORDER_CREATED', NULL, 'CREATED', 'user:x', '', $3),
              ($1, $2, 2, 1, 'PAYMENT_SUCCEEDED', 'CREATED', 'PAID', 'event:x', '', $4)`,
      [user, order, placedAt, paidAt],
    );
    await old.close();
    const db = await connect({ url: database.url, poolSize: 1, migrations, log });
    return { db, stop: () => db.close().then(() => database.drop()) };
  }

  let migrated: Awaited<ReturnType<typeof migrate>>;
  before(async function () {
    this.timeout(60_000);
    migrated = await migrate();
  });
  after(() => migrated?.stop());

  it("give each line the snapshot of its price, as of its order's time", async () => {
    const { order: read } = (await findOrderWithHistory(migrated.db, order))!;
    expect(read.items[0]!.priceSnapshot).to.deep.equal({
      offerId: undefined,
      title: "Old-Course",
      capturedAt: placedAt,
    });
    const { rows } = await migrated.db.pool.query<{ id: string; offer_title: string; offer_read_at: Date }>(
      `SELECT id, offer_title, offer_read_at FROM order_items WHERE order_id <> $1`,
      [order],
    );
    const times = new Map(rows.map((row) => [row.id, row.offer_read_at]));
    expect(times.get(lost)).to.deep.equal(placedAt);
    expect(Date.now() - times.get(random)!.getTime()).to.be.within(-60_000, 600_000);
  });

  it("give each history entry a UUIDv7 of its time, and no payload", async () => {
    const { history } = (await findOrderWithHistory(migrated.db, order))!;
    const timeOf = (id: string) => new Date(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16));
    expect(history.map(({ id }) => timeOf(id))).to.deep.equal([placedAt, paidAt]);
    for (const { id, payload } of history) {
      expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
      expect(payload).to.deep.equal({});
    }
    expect(new Set(history.map(({ id }) => id)).size).to.equal(2);
  });

  it("leave the history append-only, and know what a refunded order was before", async () => {
    const change = migrated.db.pool.query(`UPDATE order_event SET reason = 'x'`);
    expect(await change.then(String, String)).to.include("append-only");
    const { order: read } = (await findOrderWithHistory(migrated.db, order))!;
    expect(read).to.include({ refundedFrom: "PAID", refundDue: undefined });
  });
});
