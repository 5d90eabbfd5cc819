import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * The events of providers' webhooks, each once. An event that is neither handled nor due again is a dead letter.
 * Its key is the provider's, so the table is not distributed by user: it is small and lives for a month.
 */
export class ProviderEvents1763800000050 implements MigrationInterface {
  name = "ProviderEvents1763800000050";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE provider_event (
        provider text NOT NULL,
        event_id text NOT NULL,
        payment_id uuid NOT NULL,
        type text NOT NULL,
        received_at timestamptz NOT NULL,
        handled_at timestamptz,
        attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
        next_attempt_at timestamptz,
        CHECK (handled_at IS NULL OR next_attempt_at IS NULL),
        PRIMARY KEY (provider, event_id)
      )`);
    await runner.query(
      `CREATE INDEX provider_event_due ON provider_event (next_attempt_at) WHERE next_attempt_at IS NOT NULL`,
    );
    await runner.query(
      `CREATE INDEX provider_event_handled ON provider_event (handled_at) WHERE handled_at IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE provider_event`);
  }
}
