import type { MigrationInterface, QueryRunner } from "typeorm";

/** What an order has to refund again, for refunds of a part that failed after they had succeeded. */
export class RefundsDue1764000000120 implements MigrationInterface {
  name = "RefundsDue1764000000120";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders
        ADD refund_due_minor bigint NOT NULL DEFAULT 0 CONSTRAINT orders_refund_due_check CHECK (refund_due_minor >= 0)`);
    await runner.query(`ALTER TABLE order_refund ADD due_minor bigint`);
    await runner.query(`CREATE INDEX orders_refund_due ON orders (id) WHERE refund_due_minor > 0`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX orders_refund_due`);
    await runner.query(`ALTER TABLE order_refund DROP due_minor`);
    await runner.query(`ALTER TABLE orders DROP refund_due_minor`);
  }
}
