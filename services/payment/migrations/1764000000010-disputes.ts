import type { MigrationInterface, QueryRunner } from "typeorm";

/** A payment's newest dispute, and why an entry of the provider's ledger was not requested. */
export class Disputes1764000000010 implements MigrationInterface {
  name = "Disputes1764000000010";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE payment
        ADD COLUMN dispute_id text,
        ADD COLUMN dispute_state text CONSTRAINT payment_dispute_state CHECK
          (dispute_state IN ('NEEDS_RESPONSE', 'UNDER_REVIEW', 'WON', 'LOST')),
        ADD COLUMN dispute_reason text,
        ADD COLUMN dispute_minor bigint CONSTRAINT payment_dispute_minor CHECK (dispute_minor > 0),
        ADD COLUMN dispute_withdrawn_minor bigint,
        ADD COLUMN dispute_respond_by timestamptz,
        ADD CONSTRAINT payment_dispute CHECK
          (num_nulls(dispute_id, dispute_state, dispute_reason, dispute_minor, dispute_withdrawn_minor) IN (0, 5)),
        ADD CONSTRAINT payment_dispute_withdrawn CHECK
          (dispute_withdrawn_minor BETWEEN 0 AND least(dispute_minor, refunded_minor)),
        ADD CONSTRAINT payment_dispute_won CHECK (dispute_state <> 'WON' OR dispute_withdrawn_minor = 0)`);
    await runner.query(`
      ALTER TABLE reconciliation_entry
        ADD COLUMN cause text CHECK (cause IN ('dispute', 'dispute_won', 'refund_failed'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE reconciliation_entry DROP COLUMN cause`);
    await runner.query(`
      ALTER TABLE payment
        DROP COLUMN dispute_id, DROP COLUMN dispute_state, DROP COLUMN dispute_reason, DROP COLUMN dispute_minor,
        DROP COLUMN dispute_withdrawn_minor, DROP COLUMN dispute_respond_by`);
  }
}
