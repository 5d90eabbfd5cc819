import { deadLetterOperations } from "@till/events/tables";
import type { MigrationInterface, QueryRunner } from "typeorm";

/** What operators do to dead letters; the audit log records it. */
export class DeadLetterOperations1764000000200 implements MigrationInterface {
  name = "DeadLetterOperations1764000000200";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of deadLetterOperations) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE dead_letter DROP id, DROP event_type, DROP discarded_at`);
  }
}
