import type { MigrationInterface, QueryRunner } from "typeorm";

/** The history stays append-only, but for the texts and payloads of an entry while `till.erasure` is on. */
export class Erasure1764000000100 implements MigrationInterface {
  name = "Erasure1764000000100";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'UPDATE' AND current_setting('till.erasure', true) = 'on' THEN RETURN NULL; END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
      END $$`);
    await runner.query(`
      CREATE FUNCTION refuse_change_beyond_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF to_jsonb(NEW) - 'reason' - 'payload' IS DISTINCT FROM to_jsonb(OLD) - 'reason' - 'payload' THEN
          RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
        END IF;
        RETURN NEW;
      END $$`);
    await runner.query(`
      CREATE TRIGGER erasure_only BEFORE UPDATE ON order_event FOR EACH ROW
        WHEN (current_setting('till.erasure', true) = 'on') EXECUTE FUNCTION refuse_change_beyond_erasure()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TRIGGER erasure_only ON order_event`);
    await runner.query(`DROP FUNCTION refuse_change_beyond_erasure`);
    await runner.query(`
      CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$`);
  }
}
