import type { MigrationInterface, QueryRunner } from "typeorm";

/** That an order's goods came back, which has to be known for longer than the order is RETURNED. */
export class ReturnedAt1763800000021 implements MigrationInterface {
  name = "ReturnedAt1763800000021";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE orders ADD returned_at timestamptz`);
    await runner.query(
      `UPDATE orders SET returned_at = updated_at WHERE status = 'RETURNED' OR prior_status = 'RETURNED'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE orders DROP returned_at`);
  }
}
