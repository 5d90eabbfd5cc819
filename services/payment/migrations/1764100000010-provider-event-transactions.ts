import type { MigrationInterface, QueryRunner } from "typeorm";

/** Events that name their payment by the provider's transaction id, such as a dispute's. */
export class ProviderEventTransactions1764100000010 implements MigrationInterface {
  name = "ProviderEventTransactions1764100000010";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE provider_event
        ALTER COLUMN payment_id DROP NOT NULL,
        ADD COLUMN transaction_id text,
        ADD CONSTRAINT provider_event_payment CHECK (num_nonnulls(payment_id, transaction_id) = 1)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM provider_event WHERE payment_id IS NULL`);
    await runner.query(`
      ALTER TABLE provider_event
        DROP COLUMN transaction_id,
        ALTER COLUMN payment_id SET NOT NULL`);
  }
}
