import { connect } from "@till/postgres/connect";
import { createLog } from "@till/telemetry";
import { expect } from "chai";
import { v7 } from "uuid";
import { testDatabase } from "../../../test/support/database.ts";
import { PaidShares1764000000030 } from "../migrations/1764000000030-paid-shares.ts";
import { migrations } from "../migrations/index.ts";

type Line = readonly [
  kind: "DIGITAL_COURSE" | "PHYSICAL",
  price: number,
  quantity: number,
  refunded?: number,
];

describe("The migration to paid shares", () => {
  const earlier = migrations.slice(0, migrations.indexOf(PaidShares1764000000030));
  const log = createLog({ service: "order", level: "silent" });

  /** Migrates an order that was stored before, and returns `paid/refunded` of each line. */
  async function migrate(discount: number, lines: readonly Line[]): Promise<string[]> {
    const database = await testDatabase();
    try {
      const old = await connect({ url: database.url, poolSize: 1, migrations: earlier, log });
      const [user, order] = [v7(), v7()];
      const total = lines.reduce((sum, [, price, quantity]) => sum + price * quantity, 900 - discount);
      await old.pool.query(
        `INSERT INTO orders (id, user_id, status, currency, total_minor, shipping_fee_minor, discount_minor, version,
                             captured_minor, created_at, updated_at, expires_at)
         VALUES ($1, $2, 'PAID', 'EUR', $3, 900, $4, 1, $3, now(), now(), now())`,
        [order, user, total, discount],
      );
      for (const [kind, price, quantity, refunded = 0] of lines)
        await old.pool.query(
          `INSERT INTO order_items (id, user_id, order_id, kind, ref_id, name, quantity, unit_price_minor, refunded_minor)
           VALUES ($1, $2, $3, $4, 'x', 'x', $5, $6, $7)`,
          [v7(), user, order, kind, quantity, price, refunded],
        );
      await old.close();
      const db = await connect({ url: database.url, poolSize: 1, migrations, log });
      const { rows } = await db.pool.query<{ share: string }>(
        "SELECT paid_minor || '/' || refunded_minor AS share FROM order_items ORDER BY id",
      );
      await db.close();
      return rows.map(({ share }) => share);
    } finally {
      await database.drop();
    }
  }

  it("spreads the discount over the goods, by largest remainder", async () => {
    const course: Line = ["DIGITAL_COURSE", 4900, 1];
    expect(await migrate(500, [course, ["PHYSICAL", 1250, 4]])).to.deep.equal(["4900/0", "4500/0"]);
    const thirds: Line[] = [1, 2, 3].map(() => ["PHYSICAL", 100, 1]);
    expect(await migrate(100, [...thirds, course])).to.deep.equal(["66/0", "67/0", "67/0", "4900/0"]);
    expect(await migrate(0, [course, ["PHYSICAL", 1250, 4]])).to.deep.equal(["4900/0", "5000/0"]);
  });

  it("takes an excess of the discount from the other lines", async () => {
    expect(
      await migrate(600, [
        ["DIGITAL_COURSE", 4900, 1],
        ["PHYSICAL", 500, 1],
      ]),
    ).to.deep.equal(["4800/0", "0/0"]);
  });

  it("counts what was refunded of a line beyond its share for the order as a whole", async () => {
    expect(await migrate(500, [["PHYSICAL", 1250, 4, 5000]])).to.deep.equal(["4500/4500"]);
  });
});
