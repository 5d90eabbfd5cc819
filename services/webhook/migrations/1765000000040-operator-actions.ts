import type { MigrationInterface, QueryRunner } from "typeorm";

/** What operators did to dead letters. */
export class OperatorActions1765000000040 implements MigrationInterface {
  name = "OperatorActions1765000000040";

  async up(runner: QueryRunner): Promise<void> {
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
      CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$`);
    await runner.query(`
      CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON operator_action
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE operator_action`);
    await runner.query(`DROP FUNCTION refuse_change`);
  }
}
