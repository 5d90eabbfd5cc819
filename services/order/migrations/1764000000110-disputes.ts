import type { MigrationInterface, QueryRunner } from "typeorm";

/** What a refund that is reversed returns an order to, and the last dispute of the order's payment. */
export class Disputes1764000000110 implements MigrationInterface {
  name = "Disputes1764000000110";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders
        ADD refunded_from text,
        ADD dispute_id text,
        ADD dispute_state text
          CONSTRAINT orders_dispute_check CHECK (dispute_state IN ('OPEN', 'WON', 'LOST')),
        DROP CONSTRAINT orders_prior_status_check,
        ADD CONSTRAINT orders_prior_status_check CHECK (prior_status IN ('PAID', 'READY_TO_SHIP', 'SHIPPED',
          'DELIVERED', 'COMPLETED', 'CANCELLED', 'RETURNED'))`);
    await runner.query(`
      UPDATE orders
         SET refunded_from = CASE
               WHEN cancel_reason IS NOT NULL THEN 'CANCELLED'
               WHEN returned_at IS NOT NULL THEN 'RETURNED'
               WHEN completed_at IS NOT NULL THEN 'COMPLETED'
               WHEN delivered_at IS NOT NULL THEN 'DELIVERED'
               WHEN carrier IS NOT NULL THEN 'SHIPPED'
               ELSE 'PAID' END
       WHERE status = 'REFUNDED'`);
    await runner.query(`CREATE INDEX orders_refund_pending ON orders (id) WHERE status = 'REFUND_PENDING'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX orders_refund_pending`);
    await runner.query(`ALTER TABLE orders DROP refunded_from, DROP dispute_id, DROP dispute_state`);
  }
}
