import type { MigrationInterface, QueryRunner } from "typeorm";

/** Each line keeps the offer of which its price was taken: beside offer_id, its title and when it was read. */
export class PriceSnapshots1764000000040 implements MigrationInterface {
  name = "PriceSnapshots1764000000040";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE order_items ADD offer_title text, ADD offer_read_at timestamptz`);
    await runner.query(`
      UPDATE order_items i SET offer_title = i.name, offer_read_at = o.created_at FROM orders o WHERE o.id = i.order_id`);
    // A line whose order is gone has the time that its id was made at.
    await runner.query(`
      UPDATE order_items SET offer_title = name, offer_read_at = ${madeAt}
       WHERE offer_read_at IS NULL`);
    await runner.query(`
      ALTER TABLE order_items ALTER offer_title SET NOT NULL, ALTER offer_read_at SET NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE order_items DROP offer_title, DROP offer_read_at`);
  }
}

/** The time in a UUIDv7; for another id the present. Postgres 15 and 16 have no function for it. */
const madeAt = `
  CASE WHEN substr(id::text, 15, 1) = '7'
       THEN to_timestamp(('x0000' || left(replace(id::text, '-', ''), 12))::bit(64)::bigint / 1000.0)
       ELSE now() END`;
