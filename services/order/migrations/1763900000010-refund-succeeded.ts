import type { MigrationInterface, QueryRunner } from "typeorm";

/** A refund that is completed is SUCCEEDED, as in the public contract. */
export class RefundSucceeded1763900000010 implements MigrationInterface {
  name = "RefundSucceeded1763900000010";

  async up(runner: QueryRunner): Promise<void> {
    await rename(runner, "SETTLED", "SUCCEEDED");
  }

  async down(runner: QueryRunner): Promise<void> {
    await rename(runner, "SUCCEEDED", "SETTLED");
  }
}

async function rename(runner: QueryRunner, before: string, after: string): Promise<void> {
  const constraints = ["order_refund_state_check", "order_refund_check"];
  for (const name of constraints) await runner.query(`ALTER TABLE order_refund DROP CONSTRAINT ${name}`);
  await runner.query(`UPDATE order_refund SET state = '${after}' WHERE state = '${before}'`);
  await runner.query(`
    ALTER TABLE order_refund
      ADD CONSTRAINT order_refund_state_check
        CHECK (state IN ('REQUESTED', 'REJECTED', 'CLOSED', 'APPROVED', '${after}', 'FAILED')),
      ADD CONSTRAINT order_refund_check
        CHECK ((state IN ('APPROVED', '${after}', 'FAILED')) <= (amount_minor IS NOT NULL))`);
}
