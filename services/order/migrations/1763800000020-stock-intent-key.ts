import type { MigrationInterface, QueryRunner } from "typeorm";

/** The request of a stock reservation, so that a concurrent request with the same key finds it. */
export class StockIntentKey1763800000020 implements MigrationInterface {
  name = "StockIntentKey1763800000020";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE stock_intent ADD caller_id text, ADD key text`);
    await runner.query(`CREATE INDEX stock_intent_key ON stock_intent (caller_id, key)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX stock_intent_key`);
    await runner.query(`ALTER TABLE stock_intent DROP caller_id, DROP key`);
  }
}
