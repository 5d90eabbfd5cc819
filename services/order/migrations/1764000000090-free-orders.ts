import type { MigrationInterface, QueryRunner } from "typeorm";

/** An order may cost nothing. */
export class FreeOrders1764000000090 implements MigrationInterface {
  name = "FreeOrders1764000000090";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders DROP CONSTRAINT orders_total_minor_check,
        ADD CONSTRAINT orders_total_minor_check CHECK (total_minor >= 0)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders DROP CONSTRAINT orders_total_minor_check,
        ADD CONSTRAINT orders_total_minor_check CHECK (total_minor > 0) NOT VALID`);
  }
}
