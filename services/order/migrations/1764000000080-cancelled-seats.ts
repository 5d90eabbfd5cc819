import type { MigrationInterface, QueryRunner } from "typeorm";

/** Seats of a booking are cancelled one by one, and what was paid for cancelled seats is refunded by itself. */
export class CancelledSeats1764000000080 implements MigrationInterface {
  name = "CancelledSeats1764000000080";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE order_items
        ADD cancelled_seats integer NOT NULL DEFAULT 0,
        ADD refund_due_minor bigint NOT NULL DEFAULT 0 CONSTRAINT order_items_refund_due_check CHECK (refund_due_minor >= 0),
        ADD CONSTRAINT order_items_cancelled_seats_check CHECK (cancelled_seats BETWEEN 0 AND quantity - 1)`);
    await runner.query(`
      CREATE INDEX order_items_refund_due ON order_items (order_id) WHERE refund_due_minor > 0`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX order_items_refund_due`);
    await runner.query(`ALTER TABLE order_items DROP cancelled_seats, DROP refund_due_minor`);
  }
}
