import type { MigrationInterface, QueryRunner } from "typeorm";

/** Finds the unpaid orders that have expired without reading those that have not. */
export class UnpaidByExpiry1764100000020 implements MigrationInterface {
  name = "UnpaidByExpiry1764100000020";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX orders_unpaid_by_expiry ON orders (expires_at)
        WHERE status IN ('CREATED', 'PAYMENT_PENDING', 'PAYMENT_FAILED')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP INDEX orders_unpaid_by_expiry");
  }
}
