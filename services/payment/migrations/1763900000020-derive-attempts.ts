import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * The guard against card testing counts the payments of the last hour: a payment keeps a hash that tells its user's
 * cards apart, and the separate count goes. Its capture method has the name that providers use.
 */
export class DeriveAttempts1763900000020 implements MigrationInterface {
  name = "DeriveAttempts1763900000020";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE payment_attempts`);
    await runner.query(`
      ALTER TABLE payment ADD COLUMN card_hash text,
        ALTER COLUMN wants_capture DROP DEFAULT,
        ALTER COLUMN wants_capture TYPE text USING CASE WHEN wants_capture THEN 'automatic' ELSE 'manual' END`);
    await runner.query(`ALTER TABLE payment RENAME wants_capture TO capture_method`);
    await runner.query(`
      ALTER TABLE payment ADD CONSTRAINT payment_capture_method_check
        CHECK (capture_method IN ('automatic', 'manual'))`);
    // Most payments leave this index within a second: what stays in it is what may count.
    await runner.query(`
      CREATE INDEX payment_attempt ON payment (user_id, created_at)
       WHERE status IN ('PENDING', 'REQUIRES_ACTION', 'UNKNOWN', 'FAILED', 'VOIDED')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX payment_attempt`);
    await runner.query(`ALTER TABLE payment DROP CONSTRAINT payment_capture_method_check`);
    await runner.query(`ALTER TABLE payment RENAME capture_method TO wants_capture`);
    await runner.query(`
      ALTER TABLE payment DROP COLUMN card_hash,
        ALTER COLUMN wants_capture TYPE boolean USING wants_capture = 'automatic',
        ALTER COLUMN wants_capture SET DEFAULT true`);
    await runner.query(`
      CREATE TABLE payment_attempts (
        user_id uuid PRIMARY KEY,
        attempts jsonb NOT NULL,
        latest_at timestamptz NOT NULL
      )`);
    await runner.query(`CREATE INDEX payment_attempts_latest ON payment_attempts (latest_at)`);
  }
}
