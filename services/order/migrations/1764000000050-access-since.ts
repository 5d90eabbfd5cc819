import type { MigrationInterface, QueryRunner } from "typeorm";

/** Since when a paid order without goods has all its access; some time later it is completed. */
export class AccessSince1764000000050 implements MigrationInterface {
  name = "AccessSince1764000000050";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE orders ADD access_since timestamptz`);
    await runner.query(`
      UPDATE orders o SET access_since = COALESCE(paid_at, updated_at)
       WHERE status = 'PAID' AND NOT EXISTS (
         SELECT FROM order_items i WHERE i.user_id = o.user_id AND i.order_id = o.id AND i.kind = 'PHYSICAL')`);
    await runner.query(`
      CREATE INDEX orders_with_access ON orders (access_since) WHERE access_since IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX orders_with_access`);
    await runner.query(`ALTER TABLE orders DROP access_since`);
  }
}
