import { deadLetterOperations } from "@till/events/tables";
import type { MigrationInterface, QueryRunner } from "typeorm";

/** What operators do to dead letters, and the record of it, which is only added to. */
export class OperatorActions1764000000200 implements MigrationInterface {
  name = "OperatorActions1764000000200";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of deadLetterOperations) await runner.query(statement);
    await runner.query(`
      CREATE TABLE operator_action (
        id uuid PRIMARY KEY,
        at timestamptz NOT NULL,
        actor text NOT NULL,
        action text NOT NULL,
        subject text NOT NULL,
        result text NOT NULL,
        reason text NOT NULL,
        request_id text NOT NULL,
        details jsonb NOT NULL
      )`);
    await runner.query(`
      CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON operator_action
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE operator_action`);
    await runner.query(`ALTER TABLE dead_letter DROP id, DROP event_type, DROP discarded_at`);
  }
}
