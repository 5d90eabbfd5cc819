import type { MigrationInterface, QueryRunner } from "typeorm";

/** Goods lines that were refunded in full before they were shipped: their stock is released by line. */
export class ReleaseOfLines1764000000070 implements MigrationInterface {
  name = "ReleaseOfLines1764000000070";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE order_items ADD stock_release text
        CONSTRAINT order_items_stock_release_check CHECK (stock_release IS NULL OR (stock_release IN ('DUE', 'DONE') AND kind = 'PHYSICAL'))`);
    await runner.query(`ALTER TABLE orders DROP CONSTRAINT orders_stock_due_check`);
    await runner.query(`
      ALTER TABLE orders ADD CONSTRAINT orders_stock_due_check
        CHECK (stock_due IN ('COMMIT', 'RELEASE', 'RELEASE_LINES'))`);
    await runner.query(`
      UPDATE order_items i SET stock_release = 'DUE' FROM orders o
       WHERE o.user_id = i.user_id AND o.id = i.order_id AND i.kind = 'PHYSICAL'
         AND i.refunded_minor > 0 AND i.refunded_minor = i.paid_minor
         AND coalesce(o.prior_status, o.status) IN ('PAID', 'READY_TO_SHIP')`);
    await runner.query(`
      UPDATE orders o SET stock_due = 'RELEASE_LINES'
       WHERE o.stock_due IS NULL AND o.stock_state = 'COMMITTED'
         AND EXISTS (SELECT FROM order_items i
                      WHERE i.user_id = o.user_id AND i.order_id = o.id AND i.stock_release = 'DUE')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`UPDATE orders SET stock_due = NULL WHERE stock_due = 'RELEASE_LINES'`);
    await runner.query(`ALTER TABLE orders DROP CONSTRAINT orders_stock_due_check`);
    await runner.query(`
      ALTER TABLE orders ADD CONSTRAINT orders_stock_due_check CHECK (stock_due IN ('COMMIT', 'RELEASE'))`);
    await runner.query(`ALTER TABLE order_items DROP stock_release`);
  }
}
