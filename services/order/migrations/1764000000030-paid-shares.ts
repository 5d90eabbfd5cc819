import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Each line's share of what was paid, and the refunds of the delivery. Lines that exist get their shares as new ones do:
 * the discount is spread over the goods by largest remainder, an excess over the other lines. What was refunded of a line
 * beyond its share counts for the order as a whole.
 */
export class PaidShares1764000000030 implements MigrationInterface {
  name = "PaidShares1764000000030";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders
        ADD delivery_refunded_minor bigint NOT NULL DEFAULT 0
          CONSTRAINT orders_delivery_refunded_check CHECK (delivery_refunded_minor >= 0)`);
    await runner.query(`ALTER TABLE order_refund ADD delivery_minor bigint CHECK (delivery_minor > 0)`);
    await runner.query(`ALTER TABLE order_items ADD paid_minor bigint`);
    await runner.query(`UPDATE order_items SET paid_minor = unit_price_minor * quantity`);
    await spreadDiscounts(runner);
    await runner.query(`
      UPDATE order_items SET refunded_minor = paid_minor, live = live AND paid_minor = 0
       WHERE refunded_minor > paid_minor`);
    await runner.query(`ALTER TABLE order_items DROP CONSTRAINT order_items_check`);
    await runner.query(`
      ALTER TABLE order_items
        ALTER paid_minor SET NOT NULL,
        ADD CONSTRAINT order_items_paid_check CHECK (paid_minor BETWEEN 0 AND unit_price_minor * quantity),
        ADD CONSTRAINT order_items_refunded_check CHECK (refunded_minor BETWEEN 0 AND paid_minor)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE order_items
        DROP CONSTRAINT order_items_paid_check,
        DROP CONSTRAINT order_items_refunded_check,
        ADD CONSTRAINT order_items_check CHECK (refunded_minor BETWEEN 0 AND unit_price_minor * quantity),
        DROP paid_minor`);
    await runner.query(`ALTER TABLE order_refund DROP delivery_minor`);
    await runner.query(`ALTER TABLE orders DROP delivery_refunded_minor`);
  }
}

/** `discount` is the part that is spread over the lines of one group: the goods, or the other lines. */
async function spreadDiscounts(runner: QueryRunner): Promise<void> {
  await runner.query(`
    WITH line AS (
      SELECT i.user_id, i.order_id, i.id, i.kind = 'PHYSICAL' AS is_goods, i.paid_minor::numeric AS subtotal,
             o.discount_minor::numeric AS discount
        FROM order_items i JOIN orders o ON o.user_id = i.user_id AND o.id = i.order_id
       WHERE o.discount_minor > 0
    ), summed AS (
      SELECT *, sum(subtotal) OVER (PARTITION BY order_id, is_goods) AS whole,
             coalesce(sum(subtotal) FILTER (WHERE is_goods) OVER (PARTITION BY order_id), 0) AS goods
        FROM line
    ), due AS (
      SELECT user_id, order_id, id, is_goods, subtotal, whole,
             least(whole, CASE WHEN is_goods THEN discount ELSE greatest(discount - goods, 0) END) AS discount
        FROM summed WHERE whole > 0
    ), spread AS (
      SELECT *, div(discount * subtotal, whole) AS share,
             row_number() OVER (PARTITION BY order_id, is_goods ORDER BY mod(discount * subtotal, whole) DESC, id) AS nth
        FROM due
    ), shared AS (
      SELECT user_id, order_id, id,
             share + CASE WHEN nth <= discount - sum(share) OVER (PARTITION BY order_id, is_goods) THEN 1 ELSE 0 END
               AS share
        FROM spread
    )
    UPDATE order_items i SET paid_minor = i.paid_minor - shared.share
      FROM shared WHERE i.user_id = shared.user_id AND i.order_id = shared.order_id AND i.id = shared.id`);
}
