import { pruningIndexes } from "@till/events/tables";
import type { MigrationInterface, QueryRunner } from "typeorm";

/** By which old idempotency keys and discarded dead letters are found; the inbox has its index. */
export class PruneByAge1765000000060 implements MigrationInterface {
  name = "PruneByAge1765000000060";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of pruningIndexes) await runner.query(statement);
    await runner.query(`CREATE INDEX webhook_request_by_created_at ON webhook_request (created_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const index of ["webhook_request_by_created_at", "dead_letter_discarded"])
      await runner.query(`DROP INDEX ${index}`);
  }
}
